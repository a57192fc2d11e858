package org.revlayers.convert;

/**
 * A converted network and how it came about.
 *
 * @param network with the parameters of the one that was given; that one is untouched
 * @param report  what became what
 * @param <N>     MultiLayerNetwork, ComputationGraph or SameDiff
 */
public record Conversion<N>(N network, ConversionReport report) {}
