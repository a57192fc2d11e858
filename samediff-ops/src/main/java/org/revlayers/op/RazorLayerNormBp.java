package org.revlayers.op;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.kernel.Kernels;
import org.revlayers.kernel.Norm;

/** Backward of {@link RazorLayerNorm}. Inputs: dy, gain, mean, rstd, the copy of x. Outputs: dx, dGain and, with a bias, dBias. */
public final class RazorLayerNormBp extends RazorBp {

    /** The op's name in a saved graph. */
    public static final String NAME = "razor_layer_norm_bp";

    /** For a graph that is being loaded. */
    public RazorLayerNormBp() {}

    /** In a graph. */
    public RazorLayerNormBp(RazorLayerNorm forward, SDVariable... in) {
        super(forward, in);
    }

    /** For {@code Nd4j.exec}: dy, gain, and what the forward has given behind y. */
    public RazorLayerNormBp(RazorLayerNorm forward, INDArray... in) {
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
        return 4;
    }

    @Override
    List<long[]> gradients(List<INDArray> in, List<long[]> thinned) {
        long[] gain = in.get(1).shape();
        return getNumOutputs() == 3 ? List.of(thinned.get(0), gain, gain) : List.of(thinned.get(0), gain);
    }

    @Override
    void run(Kernels kernels, INDArray[] in, INDArray[] thinned, INDArray[] out) {
        INDArray dBias = out.length > 2 ? out[2] : null;
        kernels.normBackward(Norm.LAYER, true, thinned[0], in[2], in[3], in[1], in[0], null, out[0], out[1], dBias);
    }
}
