package org.revlayers.op;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.kernel.Kernels;

/** Backward of {@link RazorConv2d}. Inputs: dy, W, b if there is one, the copy of x. Outputs: dx, dW and, with a bias, db. */
public final class RazorConv2dBp extends RazorBp {

    /** The op's name in a saved graph. */
    public static final String NAME = "razor_conv2d_bp";

    /** For a graph that is being loaded. */
    public RazorConv2dBp() {}

    /** In a graph. */
    public RazorConv2dBp(RazorConv2d forward, SDVariable... in) {
        super(forward, in);
    }

    /** For {@code Nd4j.exec}: dy, W, b or not, and what the forward has given behind y. */
    public RazorConv2dBp(RazorConv2d forward, INDArray... in) {
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
        return getNumOutputs();
    }

    @Override
    List<long[]> gradients(List<INDArray> in, List<long[]> thinned) {
        List<long[]> shapes = new ArrayList<>(thinned);
        for (INDArray parameter : in.subList(1, reads())) {
            shapes.add(parameter.shape());
        }
        return shapes;
    }

    @Override
    void run(Kernels kernels, INDArray[] in, INDArray[] thinned, INDArray[] out) {
        List<INDArray> stock = new ArrayList<>(List.of(thinned[0]));
        stock.addAll(List.of(in).subList(1, reads()));
        stock.add(in[0]);
        Nd4j.exec(RazorConv2d.stock("conv2d_bp", this, stock, out));
    }
}
