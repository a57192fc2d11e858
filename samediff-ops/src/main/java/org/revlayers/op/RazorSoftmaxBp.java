package org.revlayers.op;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.kernel.Kernels;

/** Backward of {@link RazorSoftmax}. Inputs: dp, the copy of p. Output: ds. */
public final class RazorSoftmaxBp extends RazorBp {

    /** The op's name in a saved graph. */
    public static final String NAME = "razor_softmax_bp";

    /** For a graph that is being loaded. */
    public RazorSoftmaxBp() {}

    /** In a graph. */
    public RazorSoftmaxBp(RazorSoftmax forward, SDVariable... in) {
        super(forward, in);
    }

    /** For {@code Nd4j.exec}: dp, and what the forward has given behind p. */
    public RazorSoftmaxBp(RazorSoftmax forward, INDArray... in) {
        super(forward, in);
    }

    @Override
    public String opName() {
        return NAME;
    }

    @Override
    public int getNumOutputs() {
        return 1;
    }

    @Override
    int reads() {
        return 1;
    }

    @Override
    List<long[]> gradients(List<INDArray> in, List<long[]> thinned) {
        return thinned;
    }

    @Override
    void run(Kernels kernels, INDArray[] in, INDArray[] thinned, INDArray[] out) {
        kernels.softmaxBackward(thinned[0], in[0], out[0]);
    }
}
