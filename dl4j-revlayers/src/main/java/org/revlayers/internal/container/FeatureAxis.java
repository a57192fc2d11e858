package org.revlayers.internal.container;

import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.revlayers.internal.contract.Wrappers;

/** Which axis of a container's arrays has the features (or channels): the last one, or the second. */
final class FeatureAxis {

    private FeatureAxis() {}

    /** Whether it is the last one of arrays of this type. */
    static boolean isLast(InputType type) {
        return type instanceof InputType.InputTypeRecurrent r && r.getFormat() == RNNFormat.NWC
                || type instanceof InputType.InputTypeConvolutional c && c.getFormat() == CNN2DFormat.NHWC;
    }

    /** As the types said that the container was built with; else by what its first layer reads, where that tells. */
    static boolean isLast(ContainerLayer container, long... shape) {
        long first = shape[1];
        long end = shape[shape.length - 1];
        long reads = reads(container);
        return container.getFeaturesLast() != null
                ? container.getFeaturesLast()
                : first != end && (reads == first || reads == end) ? reads == end : shape.length == 3;
    }

    /** Features that a layer reads, a container by its first layer inside; 0 if it does not say. */
    private static long reads(Layer layer) {
        if (!(layer instanceof ContainerLayer container)) {
            return Wrappers.reads(layer);
        }
        long inside = container.innerLayers().values().stream()
                .findFirst()
                .map(FeatureAxis::reads)
                .orElse(0L);
        return Math.max(0, inside - container.addedFeatures());
    }
}
