package org.revlayers.internal.inner;

import org.deeplearning4j.nn.conf.dropout.Dropout;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.contract.Pass;
import org.revlayers.internal.keep.Kept;
import org.revlayers.internal.kernel.activation.ActivationKernels;

/**
 * DL4J's {@link Dropout} on the seed of the pass: the mask is drawn again in backward instead of kept. Same distribution as DL4J's, other
 * numbers. Nothing in inference.
 */
final class DropoutInner extends InPlace {

    private final Dropout dropout;

    /** Whether DL4J's layer multiplies by the mask, as its DropoutLayer does. */
    private final boolean masks;

    DropoutInner(Dropout dropout, boolean masks) {
        super("dropout");
        this.dropout = dropout;
        this.masks = masks;
    }

    @Override
    public void forward(INDArray x, INDArray out, Pass pass, Kept keep) {
        apply(x, out, pass);
    }

    @Override
    public void backward(INDArray x, INDArray out, INDArray dy, INDArray dx, Pass pass, Kept keep) {
        apply(dy, dx, pass);
    }

    private void apply(INDArray from, INDArray to, Pass pass) {
        // DL4J counts the activations that stay, the kernel those that go.
        double stay = dropout.getPSchedule() == null
                ? dropout.getP()
                : dropout.getPSchedule().valueAt(pass.iteration(), pass.epoch());
        if (pass.training() && stay < 1) {
            ActivationKernels.get().dropout(from, 1 - stay, pass.seed(), to, null);
        } else if (from != to) {
            to.assign(from);
        }
        if (masks) {
            ExampleMask.apply(pass.mask(), to);
        }
    }
}
