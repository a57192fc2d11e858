package org.revlayers.op;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.kernel.Gemm;
import org.revlayers.kernel.Kernels;

/**
 * Backward of {@link RazorLinear}. Inputs: dy, W, the copy of x. Outputs: dx, dW and, with a bias, db.
 *
 * <p>From a prune ratio of {@link org.revlayers.kernel.RazorKernels#MULTIPLIES_FROM} on, FLOAT's and HALF's dW is summed from the stored
 * form, in another order than that of ND4J's product, and what is not kept takes no part; else it is the product of x̂, bit for bit.
 */
public final class RazorLinearBp extends RazorBp {

    /** The op's name in a saved graph. */
    public static final String NAME = "razor_linear_bp";

    /** For a graph that is being loaded. */
    public RazorLinearBp() {}

    /** In a graph. */
    public RazorLinearBp(RazorLinear forward, SDVariable... in) {
        super(forward, in);
    }

    /** For {@code Nd4j.exec}: dy, W, and what the forward has given behind y. */
    public RazorLinearBp(RazorLinear forward, INDArray... in) {
        super(forward, in);
    }

    @Override
    public String opName() {
        return NAME;
    }

    @Override
    public int getNumOutputs() {
        return withBias();
    }

    @Override
    int reads() {
        return 2;
    }

    @Override
    List<long[]> gradients(List<INDArray> in, List<long[]> thinned) {
        long[] weight = in.get(1).shape();
        return getNumOutputs() == 3
                ? List.of(thinned.get(0), weight, new long[] {weight[1]})
                : List.of(thinned.get(0), weight);
    }

    @Override
    boolean readsStored(int i, INDArray[] in, int at) {
        return RazorOp.copy(this).multiplies(in, at, in[0]);
    }

    @Override
    void run(Kernels kernels, INDArray[] in, INDArray[] thinned, INDArray[] out) {
        INDArray dy = Gemm.rows(in[0]);
        Gemm.inputGradient(dy, in[1], Gemm.rows(out[0]), false);
        if (thinned[0] == null) {
            RazorOp.copy(this).weightGradient(in, reads(), dy, out[1]);
        } else {
            Gemm.weightGradient(Gemm.rows(thinned[0]), dy, out[1], false);
        }
        if (out.length > 2) {
            kernels.columnSums(dy, out[2]);
        }
    }
}
