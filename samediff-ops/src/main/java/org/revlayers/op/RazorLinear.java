package org.revlayers.op;

import java.util.Arrays;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.transforms.custom.XwPlusB;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.kernel.Gemm;
import org.revlayers.kernel.RazorValues;

/**
 * Linear layer that keeps its input thinned (Back Razor).
 *
 * <pre>
 *   y  = x·W + b                                            dense, the bits of ND4J's xw_plus_b and matmul
 *   dx = dy·Wᵀ,  db = Σ dy                                  exact
 *   dW = x̂ᵀ·dy                                              x̂: x where kept, else 0
 * </pre>
 *
 * <p>Inputs: x, {@code [..., in]}, FLOAT, DOUBLE or HALF; W {@code [in, out]}; b {@code [out]}, or none. Outputs: y {@code [..., out]}; the copy of
 * x, if no other op has made it. Kept for backward, of n elements: n/8 bytes of bitmap and (1 − prune)·n values of 4, 2 or 1 byte, where the stock
 * op keeps 4·n. An {@link IllegalArgumentException} says which shapes do not fit. Source: Back Razor, NeurIPS 2022.
 */
public final class RazorLinear extends RazorOp {

    /** The op's name in a saved graph. */
    public static final String NAME = "razor_linear";

    /** For a graph that is being loaded. */
    public RazorLinear() {}

    /**
     * In a graph; the bias may be null.
     *
     * @param prune  fraction of each sample's elements that is dropped from the copy, in [0, 1)
     * @param values how the others are stored
     */
    public RazorLinear(SDVariable x, SDVariable weight, SDVariable bias, double prune, RazorValues values) {
        this(x, weight, bias, new RazorCopy(prune, values));
    }

    private RazorLinear(SDVariable x, SDVariable weight, SDVariable bias, RazorCopy copy) {
        super(copy, RazorInputs.of(copy, new boolean[] {true}, x, weight, bias));
        addBArgument(bias != null);
    }

    /** For {@code Nd4j.exec}; the bias may be null. */
    public RazorLinear(INDArray x, INDArray weight, INDArray bias, double prune, RazorValues values) {
        super(new RazorCopy(prune, values), RazorInputs.own(1), x, weight, bias);
        addBArgument(bias != null);
    }

    @Override
    public String opName() {
        return NAME;
    }

    @Override
    List<LongShapeDescriptor> results(List<INDArray> in) {
        INDArray x = in.get(0);
        INDArray w = in.get(1);
        INDArray b = bArguments.get(0) ? in.get(2) : null;
        requireSameType(x, w);
        if (x.rank() < 1 || w.rank() != 2 || w.size(0) != x.size(-1) || b != null && b.length() != w.size(1)) {
            throw new IllegalArgumentException(NAME + " needs x [..., in], W [in, out] and b [out] or none; got x "
                    + Arrays.toString(x.shape()) + ", W " + Arrays.toString(w.shape())
                    + (b == null ? "" : ", b " + Arrays.toString(b.shape())));
        }
        long[] shape = x.shape().clone();
        shape[shape.length - 1] = w.size(1);
        return List.of(shape(x.dataType(), shape));
    }

    @Override
    void compute(INDArray[] in, INDArray[] out) {
        INDArray x = Gemm.rows(in[0]);
        INDArray y = Gemm.rows(out[0]);
        if (bArguments.get(0)) {
            Nd4j.exec(new XwPlusB(new INDArray[] {x, in[1], in[2]}, y));
        } else {
            Gemm.multiply(x, in[1], y);
        }
    }

    @Override
    List<SDVariable> reads() {
        return List.of(arg(1));
    }

    @Override
    RazorBp backward(SDVariable... in) {
        return new RazorLinearBp(this, in);
    }
}
