package org.revlayers.models;

import java.util.Arrays;
import java.util.Map;
import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.weights.VitBlockWeights;
import org.revlayers.layers.TransformerBlock;

/** Copies a file's tensors into a layer's parameters, whose shapes must be theirs. */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
final class WeightCopy {

    /**
     * Copies a block's weights into the parameters of a plain {@link TransformerBlock} (pre-LN or post-LN).
     *
     * @param params {@code layer.paramTable()}
     */
    public static void block(VitBlockWeights weights, Map<String, INDArray> params) {
        if (!params.containsKey("norm1Gamma") || !params.containsKey("norm2Gamma")) {
            throw new IllegalArgumentException(
                    "a block takes a file's weights while its norms have gamma and beta; got " + params.keySet()
                            + ": copy into a block of Memory.store(), then convert it to Memory.sharedNorms()");
        }
        put(params, "norm1Gamma", weights.norm1Gamma());
        put(params, "norm1Beta", weights.norm1Beta());
        put(params, "qkvW", weights.qkvW());
        put(params, "qkvB", weights.qkvB());
        put(params, "projW", weights.projW());
        put(params, "projB", weights.projB());
        put(params, "norm2Gamma", weights.norm2Gamma());
        put(params, "norm2Beta", weights.norm2Beta());
        put(params, "fc1W", weights.fc1W());
        put(params, "fc1B", weights.fc1B());
        put(params, "fc2W", weights.fc2W());
        put(params, "fc2B", weights.fc2B());
    }

    /** {@code [features, channels, patch, patch]} to {@code [channels·patch·patch, features]}. */
    @SuppressWarnings("try") // the scope is used by being open
    static INDArray columns(INDArray kernel) {
        try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            return kernel.reshape('c', kernel.size(0), kernel.length() / kernel.size(0))
                    .transpose();
        }
    }

    /** A vector, which DL4J's layers have in one or two dimensions. */
    static void putVector(Map<String, INDArray> params, String name, INDArray value) {
        INDArray to = params.get(name);
        put(params, name, to.length() == value.length() ? value.reshape(to.shape()) : value);
    }

    static void put(Map<String, INDArray> params, String name, INDArray value) {
        INDArray to = params.get(name);
        if (!Arrays.equals(to.shape(), value.shape())) {
            throw new IllegalArgumentException("parameter " + name + " must have the shape of the file's; it has "
                    + Arrays.toString(to.shape()) + ", the file " + Arrays.toString(value.shape())
                    + ": build the layer for this file");
        }
        to.assign(value);
    }
}
