package org.revlayers.internal.inner;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.contract.Pass;
import org.revlayers.internal.keep.Kept;
import org.revlayers.layers.ScaleLayer;

/** A {@link ScaleLayer}: y = s·x and dx = s·dy. Keeps and reads nothing. */
public final class ScaleInner extends InPlace {

    private final double factor;

    /** By this factor. */
    public ScaleInner(double factor) {
        super("scale by " + factor);
        this.factor = factor;
    }

    @Override
    public void forward(INDArray x, INDArray out, Pass pass, Kept keep) {
        x.muli(factor, out);
    }

    @Override
    public void backward(INDArray x, INDArray out, INDArray dy, INDArray dx, Pass pass, Kept keep) {
        dy.muli(factor, dx);
    }
}
