package org.revlayers.internal.inner;

import java.util.ArrayList;
import java.util.List;
import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Parts of a flattened view that follow each other. */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
public final class Slices {

    /** The part of each layer, a row; null for layers without parameters, and for all if there is no view. */
    public static List<INDArray> of(List<Layer> layers, INDArray view) {
        return view == null
                ? cut(layers.stream().map(layer -> 0L).toList(), null)
                : cut(layers.stream().map(Slices::parameters).toList(), view);
    }

    /** How many parameters a layer has; asked by its configuration, for initializers of layers that can be pretrained tell fewer otherwise. */
    public static long parameters(Layer layer) {
        NeuralNetConfiguration conf = new NeuralNetConfiguration();
        conf.setLayer(layer);
        return layer.initializer().numParams(conf);
    }

    /** Rows of these lengths; null for a length of 0. */
    public static List<INDArray> cut(List<Long> lengths, INDArray view) {
        List<INDArray> slices = new ArrayList<>();
        INDArray flat = view == null ? null : view.reshape(view.length());
        long offset = 0;
        for (long length : lengths) {
            slices.add(
                    length == 0 || flat == null
                            ? null
                            : flat.get(NDArrayIndex.interval(offset, offset + length))
                                    .reshape('c', 1, length));
            offset += length;
        }
        return slices;
    }
}
