package org.revlayers.internal.op.razor;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.transforms.custom.SoftMax;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.kernel.attention.AttentionKernels;
import org.revlayers.keep.RazorValues;

/**
 * Softmax over the last axis that keeps its output thinned (Back Razor).
 *
 * <pre>
 *   p  = softmax(s)                                         dense, the bits of ND4J's softmax
 *   ds = p̂·(dp − rowsum(dp·p̂))                              p̂: p where kept, else 0
 * </pre>
 *
 * <p>Input: s {@code [..., cols]}, FLOAT, DOUBLE or HALF. Outputs: p of s's shape; its copy, which a {@link RazorMatmul} of p reads too. Kept for
 * backward, of n elements: n/8 bytes of bitmap and (1 − prune)·n values of 4, 2 or 1 byte, where the stock op keeps 4·n. A row of which nothing is
 * kept gets no gradient. Source: Back Razor, NeurIPS 2022.
 */
public final class RazorSoftmax extends RazorOp {

    /** For a graph that is being loaded. */
    public RazorSoftmax() {
        super("razor_softmax");
    }

    /**
     * To be applied to s.
     *
     * @param prune  fraction of each sample's elements that is dropped from the copy, in [0, 1)
     * @param values how the others are stored
     */
    public RazorSoftmax(double prune, RazorValues values) {
        this();
        thin(prune, values);
    }

    /** The op makes what it thins. */
    @Override
    RazorInputs inputs(SDVariable... in) {
        return new RazorInputs(in, RazorInputs.own(1));
    }

    @Override
    List<LongShapeDescriptor> results(List<INDArray> in) {
        return List.of(like(in.get(0)));
    }

    @Override
    void compute(INDArray[] in, INDArray[] out) {
        Nd4j.exec(new SoftMax(in[0], out[0], -1));
    }

    @Override
    INDArray activation(int copy, INDArray[] in, INDArray[] out) {
        return out[0];
    }

    @Override
    SDVariable activation(int copy) {
        return result(0);
    }

    @Override
    public SDVariable stock() {
        return sameDiff.nn().softmax(arg(0), -1);
    }

    @Override
    RazorBp gradient() {
        return new Bp();
    }

    /** {@code razor_softmax_bp}. Inputs: dp, the copy of p. Output: ds. */
    public static final class Bp extends RazorBp {
        public Bp() {
            super("razor_softmax_bp");
        }

        @Override
        void run(INDArray[] in, INDArray[] thinned, INDArray[] out) {
            AttentionKernels.get().softmaxBackward(thinned[0], in[0], out[0]);
        }
    }
}
