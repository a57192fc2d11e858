package org.revlayers.convert;

/**
 * A network of which some blocks are trained.
 *
 * @param network with the parameters of the one that was given; that one is untouched
 * @param report  what is trained, and where tokens go
 * @param <N>     MultiLayerNetwork or ComputationGraph
 * @since 0.1.0
 */
public record Reprogrammed<N>(N network, ReprogramReport report) {}
