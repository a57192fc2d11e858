package org.revlayers.internal.inner;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.contract.InnerLayer;
import org.revlayers.internal.contract.Pass;

/** An {@link InnerLayer} with parameters that is made of others. */
public interface InnerModel extends InnerLayer {

    /** Whether backward reads the input alone, and computes everything else again from it. */
    default boolean isComputedAgain() {
        return false;
    }

    @Override
    default InnerModel turned() {
        return this;
    }

    /** A forward that no backward follows: nothing is kept. */
    void forward(INDArray x, INDArray out, Pass pass);

    /** Length of the parameters. */
    long parameters();

    /** Sets the view that backward writes parameter gradients to, in the order of the parameters; ignored if there are none. */
    void setGradients(INDArray flat);

    /** Applies the constraints of the layers, as DL4J does after each update. */
    void applyConstraints(int iteration, int epoch);
}
