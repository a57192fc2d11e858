package org.revlayers.inner;

import lombok.RequiredArgsConstructor;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.keep.Kept;
import org.revlayers.layers.ScaleLayer;

/** A {@link ScaleLayer}: y = s·x and dx = s·dy. Keeps and reads nothing. */
@RequiredArgsConstructor
final class ScaleInner implements InnerLayer {

    private final double factor;

    @Override
    public long[] outputShape(long... input) {
        return input.clone();
    }

    @Override
    public void forward(INDArray x, INDArray out, Pass pass, Kept keep) {
        x.muli(factor, out);
    }

    @Override
    public void backward(INDArray x, INDArray out, INDArray dy, INDArray dx, Pass pass, Kept keep) {
        dy.muli(factor, dx);
    }

    @Override
    public boolean readsInput() {
        return false;
    }

    @Override
    public boolean worksInPlace() {
        return true;
    }

    @Override
    public String toString() {
        return "scale by " + factor;
    }
}
