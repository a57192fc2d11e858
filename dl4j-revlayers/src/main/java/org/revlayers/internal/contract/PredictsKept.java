package org.revlayers.internal.contract;

import java.util.List;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.memory.LayerMemoryReport;
import org.revlayers.internal.keep.Prediction;

/** A layer configuration that tells from shapes alone what the layer will keep for backward. */
public interface PredictsKept {

    /** What is kept in a training step. */
    List<Prediction> predictKept(InputType input);

    /** The input type of an input of this shape: {@code [mb, tokens, features]} and {@code [mb, channels, height, width]}, unless overridden. */
    default InputType typeOf(long... shape) {
        return switch (shape.length) {
            case 3 -> InputType.recurrent(shape[2], shape[1], RNNFormat.NWC);
            case 4 -> InputType.convolutional(shape[2], shape[3], shape[1]);
            default -> InputType.feedForward(shape[shape.length - 1]);
        };
    }

    /**
     * Memory by DL4J's categories: what is kept for backward counts as variable working memory of training, in elements per example
     * (codes as the floats that take the same bytes).
     */
    static LayerMemoryReport report(PredictsKept predicted, Layer layer, InputType input) {
        long params = layer.initializer().numParams(layer);
        long updater = layer.initializer().paramKeys(layer).stream()
                .map(layer::getUpdaterByParam)
                .filter(u -> u != null)
                .mapToLong(u -> u.stateSize(params))
                .max()
                .orElse(0);
        long bits = predicted.predictKept(input).stream()
                .mapToLong(k -> k.bits(Float.SIZE))
                .sum();
        return new LayerMemoryReport.Builder(
                        layer.getLayerName(), layer.getClass(), input, layer.getOutputType(-1, input))
                .standardMemory(params, updater)
                .workingMemory(0, 0, 0, (bits + Float.SIZE - 1) / Float.SIZE)
                .cacheMemory(0, 0)
                .build();
    }
}
