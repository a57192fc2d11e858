package org.revlayers.container;

import org.deeplearning4j.nn.conf.layers.Layer;

/**
 * A layer inside a {@link RazorSequence} whose activations the sequence thins.
 *
 * @param path       what the names of its parameters begin with, without the last dot
 * @param layer      its configuration
 * @param denseBytes of fp32 activations per example that would be kept for it without thinning: its input, and what it keeps inside
 * @since 0.1.0
 */
public record ThinnedLayer(String path, Layer layer, long denseBytes) {}
