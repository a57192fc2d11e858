package org.revlayers.internal.inner;

import java.util.Arrays;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.params.DefaultParamInitializer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.contract.Pass;
import org.revlayers.internal.keep.Keeper;
import org.revlayers.internal.keep.Kept;
import org.revlayers.internal.kernel.linear.Gemm;
import org.revlayers.internal.kernel.linear.LinearKernels;
import org.revlayers.internal.memory.Arena;

/**
 * The linear map of DL4J's {@link DenseLayer} on {@code [mb, in]}.
 *
 * <p>DL4J's weight {@code [in, out]} lies in F order: the same memory as its transpose {@code [out, in]} in C order, which the products here
 * work on, and the gradient as well.
 */
final class DenseInner extends LinearInner<DenseLayer> {

    DenseInner(DenseLayer layer, Views views, Keeper input) {
        super(layer, views, input);
    }

    private INDArray transposedWeight() {
        return views.parameter(DefaultParamInitializer.WEIGHT_KEY).transpose();
    }

    @Override
    public long[] outputShape(long... input) {
        INDArray w = transposedWeight();
        if (input.length != 2 || input[1] != w.size(1)) {
            throw new IllegalArgumentException("dense layer \"" + layer.getLayerName() + "\" reads [mb, " + w.size(1)
                    + "]; got " + Arrays.toString(input)
                    + ": put a preprocessor or a layer that makes rows in front of it");
        }
        return new long[] {input[0], w.size(0)};
    }

    @Override
    public void forward(INDArray x, INDArray out, Pass pass, Kept keep) {
        Gemm.inputGradient(x, transposedWeight(), out, false); // out = x·(Wᵀ)ᵀ
        if (layer.hasBias()) {
            LinearKernels.get().addBias(out, views.parameter(DefaultParamInitializer.BIAS_KEY));
        }
        ExampleMask.apply(pass.mask(), out);
    }

    @Override
    public void backward(INDArray x, INDArray out, INDArray dy, INDArray dx, Pass pass, Kept keep) {
        try (Arena.Scratch scratch = Arena.current().scratch()) {
            INDArray gradient = dy;
            if (pass.mask() != null) {
                gradient = scratch.take(dy.dataType(), dy.shape());
                gradient.assign(dy);
                ExampleMask.apply(pass.mask(), gradient);
            }
            INDArray db = views.gradient(DefaultParamInitializer.BIAS_KEY);
            if (db != null) {
                LinearKernels.get().columnSums(gradient, db);
            }
            INDArray dw = views.gradient(DefaultParamInitializer.WEIGHT_KEY);
            if (dw != null) {
                Gemm.weightGradient(gradient, x, dw.transpose(), false); // (dW)ᵀ = dyᵀ·x
            }
            Gemm.multiply(gradient, transposedWeight(), dx);
        }
    }

    @Override
    public String toString() {
        return "dense";
    }
}
