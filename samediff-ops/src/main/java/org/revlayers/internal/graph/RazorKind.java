package org.revlayers.internal.graph;

/** The ops of ND4J that {@link RazorRewrite} swaps. */
enum RazorKind {
    /** {@code xw_plus_b}, and {@code matmul} of an activation and a weight: the activation is thinned. */
    LINEAR,
    /** {@code conv2d}: its input is thinned. */
    CONV2D,
    /** {@code matmul} of two activations: both are thinned. */
    MATMUL,
    /** {@code softmax} over the last axis: its output is thinned. */
    SOFTMAX,
    /** {@code layer_norm} over the last axis: its input is thinned. */
    LAYER_NORM
}
