package org.revlayers.convert;

/**
 * A plain network that was made of a converted one.
 *
 * @param network with the parameters of the one that was given; that one is untouched
 * @param report  whether it computes the same, and by how much it does not
 * @param <N>     MultiLayerNetwork, ComputationGraph or SameDiff
 * @since 0.1.0
 */
public record Restoration<N>(N network, RestorationReport report) {}
