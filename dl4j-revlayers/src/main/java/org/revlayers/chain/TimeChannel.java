package org.revlayers.chain;

import org.deeplearning4j.nn.conf.inputs.InputType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.contract.InnerLayer;
import org.revlayers.internal.contract.Pass;
import org.revlayers.internal.keep.Kept;

/**
 * z with the time as one feature (or channel) more, the last one.
 *
 * @param t        the time
 * @param features where they are
 */
record TimeChannel(double t, Features features) implements InnerLayer {

    @Override
    public long[] outputShape(long... input) {
        return features.resized(input, size -> size + 1);
    }

    @Override
    public InputType outputType(InputType input) {
        return features.resized(input, size -> size + 1);
    }

    @Override
    public void forward(INDArray x, INDArray out, Pass pass, Kept keep) {
        long size = features.count(x.shape());
        features.range(out, 0, size).assign(x);
        features.range(out, size, size + 1).assign(t);
    }

    @Override
    public void backward(INDArray x, INDArray out, INDArray dy, INDArray dx, Pass pass, Kept keep) {
        dx.assign(features.range(dy, 0, features.count(dx.shape())));
    }

    @Override
    public boolean readsInput() {
        return false;
    }

    @Override
    public String toString() {
        return "time " + t;
    }
}
