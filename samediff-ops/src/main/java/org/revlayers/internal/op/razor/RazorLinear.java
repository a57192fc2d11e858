package org.revlayers.internal.op.razor;

import java.util.Arrays;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.transforms.custom.XwPlusB;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.kernel.linear.Gemm;
import org.revlayers.internal.kernel.linear.LinearKernels;
import org.revlayers.keep.RazorValues;

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
public final class RazorLinear extends RazorAffine {

    /** For a graph that is being loaded. */
    public RazorLinear() {
        super("razor_linear");
    }

    /**
     * To be applied to x, W and b, which may be null.
     *
     * @param prune  fraction of each sample's elements that is dropped from the copy, in [0, 1)
     * @param values how the others are stored
     */
    public RazorLinear(double prune, RazorValues values) {
        this();
        thin(prune, values);
    }

    @Override
    List<LongShapeDescriptor> results(List<INDArray> in) {
        INDArray x = in.get(0);
        INDArray w = in.get(1);
        INDArray b = bias(in);
        requireSameType(x, w);
        if (x.rank() < 1 || w.rank() != 2 || w.size(0) != x.size(-1) || b != null && b.length() != w.size(1)) {
            throw new IllegalArgumentException(opName() + " needs x [..., in], W [in, out] and b [out] or none; got x "
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
    public SDVariable stock() {
        return bias() == null ? sameDiff.mmul(arg(0), arg(1)) : sameDiff.nn().linear(arg(0), arg(1), bias());
    }

    @Override
    RazorBp gradient() {
        return new Bp();
    }

    /**
     * {@code razor_linear_bp}. Inputs: dy, W, the copy of x. Outputs: dx, dW and, with a bias, db.
     *
     * <p>From a prune ratio of {@link org.revlayers.internal.kernel.razor.RazorKernels#MULTIPLIES_FROM} on, FLOAT's and HALF's dW is summed from the stored
     * form, in another order than that of ND4J's product, and what is not kept takes no part; with means FLOAT's is from
     * {@link org.revlayers.internal.kernel.razor.RazorKernels#MULTIPLIES_MEANS_FROM} on. Else it is the product of x̂, bit for bit.
     */
    public static final class Bp extends Backward {
        public Bp() {
            super("razor_linear_bp");
        }

        @Override
        int reads() {
            return 2;
        }

        @Override
        boolean readsStored(int i, INDArray[] in, int at) {
            return copy(this).multiplies(in, at, in[0]);
        }

        @Override
        long[] bias(List<INDArray> in) {
            return new long[] {in.get(1).size(1)};
        }

        @Override
        void run(INDArray[] in, INDArray[] thinned, INDArray[] out) {
            INDArray dy = Gemm.rows(in[0]);
            Gemm.inputGradient(dy, in[1], Gemm.rows(out[0]), false);
            if (thinned[0] == null) {
                copy(this).weightGradient(in, reads(), dy, out[1]);
            } else {
                Gemm.weightGradient(Gemm.rows(thinned[0]), dy, out[1], false);
            }
            if (out.length > 2) {
                LinearKernels.get().columnSums(dy, out[2]);
            }
        }
    }
}
