package org.revlayers.inner;

/**
 * What a container that thins keeps of the input of a smooth activation function, whose derivative backward needs at every element. ReLU is
 * not concerned: it keeps one bit per element and is exact.
 */
public enum ActivationRule {
    /**
     * A 2-bit code, n/4 bytes: the derivative takes four values ({@link org.revlayers.kernel.activation.Curve}). For GELU and swish; other functions keep
     * {@link #FP16}.
     */
    TWO_BIT,
    /** All values in fp16 and a bitmap, 2.125·n bytes: the derivative is exact but for the rounding. */
    FP16,
    /** The largest values, as for the linear layers: where nothing was kept the derivative is that at 0. */
    THINNED,
    /** As it is, 4·n bytes in fp32: exact. */
    DENSE
}
