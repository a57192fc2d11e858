package org.revlayers.op;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.reduce.MmulBp;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.kernel.Kernels;

/** Backward of {@link RazorMatmul}. Inputs: dc, then for a and for b its copy or itself. Outputs: da, db. */
public final class RazorMatmulBp extends RazorBp {

    /** The op's name in a saved graph. */
    public static final String NAME = "razor_matmul_bp";

    /** For a graph that is being loaded. */
    public RazorMatmulBp() {}

    /** In a graph. */
    public RazorMatmulBp(RazorMatmul forward, SDVariable... in) {
        super(forward, in);
    }

    /** For {@code Nd4j.exec}: dc, and what the forward has given behind c. */
    public RazorMatmulBp(RazorMatmul forward, INDArray... in) {
        super(forward, in);
    }

    @Override
    public String opName() {
        return NAME;
    }

    @Override
    public int getNumOutputs() {
        return 2;
    }

    @Override
    int copies() {
        return 2;
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
        Nd4j.exec(new MmulBp(thinned[0], thinned[1], in[0], out[0], out[1], RazorMatmul.transpose(this)));
    }
}
