package org.revlayers.internal.planner;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.contract.Pass;
import org.revlayers.internal.inner.InnerModel;
import org.revlayers.internal.keep.Kept;

/** Stands for all that is in front of a unit: gives an array and keeps nothing. */
final class Source implements InnerModel {

    @Override
    public long[] outputShape(long... input) {
        return input.clone();
    }

    @Override
    public void forward(INDArray x, INDArray out, Pass pass, Kept keep) {
        out.assign(x);
    }

    @Override
    public void forward(INDArray x, INDArray out, Pass pass) {
        out.assign(x);
    }

    @Override
    public void backward(INDArray x, INDArray out, INDArray dy, INDArray dx, Pass pass, Kept keep) {
        // nobody reads dx
    }

    @Override
    public boolean readsInput() {
        return false;
    }

    @Override
    public long parameters() {
        return 0;
    }

    @Override
    public void setGradients(INDArray flat) {
        // there are none
    }

    @Override
    public void applyConstraints(int iteration, int epoch) {
        // there are none
    }
}
