package org.revlayers.convert;

/**
 * A converted network and how it came about.
 *
 * @param network with the parameters of the one that was given; that one is untouched
 * @param report  what became what
 * @param <N>     MultiLayerNetwork, ComputationGraph or SameDiff
 * @since 0.1.0
 */
public record Conversion<N>(N network, ConversionReport report) {}
