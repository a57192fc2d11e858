package org.revlayers.convert;

/**
 * A converted network.
 *
 * @param network the new one
 * @param report  what was done
 */
public record RazorResult<N>(N network, RazorReport report) {}
