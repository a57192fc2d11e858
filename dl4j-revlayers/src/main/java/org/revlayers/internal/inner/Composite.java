package org.revlayers.internal.inner;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A layer configuration that is made of others and can be one layer of a container. */
public interface Composite {

    /**
     * The layer.
     *
     * @param parameters a flat view; null if there are none, or for an outline
     * @param setting    what it has in common with the layers around it, and how these keep their inputs
     */
    InnerModel inner(INDArray parameters, InnerLayers.Setting setting);

    /** The same for one that is a layer of a network: with its images in the order that suits them. */
    default InnerModel outermost(@Nullable INDArray parameters, InnerLayers.Setting setting) {
        return inner(parameters, setting).turned();
    }
}
