package org.revlayers.internal.op.razor;

import java.util.Arrays;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.transforms.custom.LayerNorm;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.BooleanIndexing;
import org.nd4j.linalg.indexing.conditions.Conditions;
import org.revlayers.function.Norm;
import org.revlayers.internal.backend.StepMemory;
import org.revlayers.internal.kernel.Buffers;
import org.revlayers.internal.kernel.norm.NormBackward;
import org.revlayers.internal.kernel.norm.NormForward;
import org.revlayers.internal.kernel.norm.NormInput;
import org.revlayers.internal.kernel.norm.NormKernels;
import org.revlayers.keep.RazorValues;

/**
 * Layer normalisation over the last axis that keeps its input thinned, and the exact mean and 1/σ of each row (Back Razor).
 *
 * <pre>
 *   y  = (x − mean)·rstd·gain + bias                        dense, the bits of ND4J's layer_norm
 *   dx = rstd·(g − mean(g) − ẑ·mean(g·ẑ)),  g = dy·gain,  ẑ = (x̂ − mean)·rstd
 *   dGain = Σ dy·ẑ,  dBias = Σ dy                           x̂: x where kept, else 0; dBias is exact
 * </pre>
 *
 * <p>Inputs: x {@code [..., cols]}, FLOAT, DOUBLE or HALF; gain {@code [cols]}; bias {@code [cols]}, or none. Outputs: y of x's shape; mean and rstd,
 * {@code [rows]}; the copy of x, if no other op has made it. Kept for backward, of n elements: n/8 bytes of bitmap, (1 − prune)·n values of 4, 2 or
 * 1 byte and 8/cols bytes per element of statistics, where the stock op keeps 4·n. As of the stock op, a row of equal elements gets no gradient.
 * An {@link IllegalArgumentException} says which shapes do not fit. Source: Back Razor, NeurIPS 2022.
 */
public final class RazorLayerNorm extends RazorAffine {

    /** Added to the variance: no less than what the stock op adds to σ, 1e-12. */
    private static final double EPS = 1e-24;

    /** 1/σ of a row of equal elements is just above. */
    private static final double NO_SPREAD = 0.99e12;

    /** For a graph that is being loaded. */
    public RazorLayerNorm() {
        super("razor_layer_norm");
    }

    /**
     * To be applied to x, gain and bias, which may be null.
     *
     * @param prune  fraction of each sample's elements that is dropped from the copy, in [0, 1)
     * @param values how the others are stored
     */
    public RazorLayerNorm(double prune, RazorValues values) {
        this();
        thin(prune, values);
    }

    @Override
    List<LongShapeDescriptor> results(List<INDArray> in) {
        INDArray x = in.get(0);
        INDArray bias = bias(in);
        if (x.rank() < 2 || in.get(1).length() != x.size(-1) || bias != null && bias.length() != x.size(-1)) {
            throw new IllegalArgumentException(
                    opName() + " needs x [..., cols], gain [cols] and bias [cols] or none; got x "
                            + Arrays.toString(x.shape()) + ", gain "
                            + Arrays.toString(in.get(1).shape())
                            + (bias == null ? "" : ", bias " + Arrays.toString(bias.shape())));
        }
        LongShapeDescriptor rows = shape(Buffers.statistic(x.dataType()), x.length() / x.size(-1));
        return List.of(like(x), rows, rows);
    }

    @Override
    List<DataType> resultTypes(DataType type) {
        return List.of(type, Buffers.statistic(type), Buffers.statistic(type));
    }

    @Override
    void compute(INDArray[] in, INDArray[] out) {
        INDArray bias = bias(List.of(in));
        Nd4j.exec(new LayerNorm(in[0], in[1], bias, out[0], false, in[0].rank() - 1));
        INDArray x = Buffers.dense(in[0], in[0].dataType());
        try (StepMemory memory = StepMemory.open()) {
            INDArray z = memory.take(x.dataType(), x.shape());
            NormKernels.get()
                    .forward(NormForward.of(Norm.LAYER, EPS, NormInput.of(x), z).statistics(out[1], out[2]));
        }
        BooleanIndexing.replaceWhere(out[2], 0, Conditions.greaterThan(NO_SPREAD));
        if (x != in[0]) {
            x.close();
        }
    }

    @Override
    List<SDVariable> reads() {
        return List.of(arg(1), result(1), result(2));
    }

    @Override
    public SDVariable stock() {
        return bias() == null
                ? sameDiff.nn().layerNorm(arg(0), arg(1), false, -1)
                : sameDiff.nn().layerNorm(arg(0), arg(1), bias(), false, -1);
    }

    @Override
    RazorBp gradient() {
        return new Bp();
    }

    /** {@code razor_layer_norm_bp}. Inputs: dy, gain, mean, rstd, the copy of x. Outputs: dx, dGain and, with a bias, dBias. */
    public static final class Bp extends Backward {
        public Bp() {
            super("razor_layer_norm_bp");
        }

        @Override
        int reads() {
            return 4;
        }

        @Override
        long[] bias(List<INDArray> in) {
            return in.get(1).shape();
        }

        @Override
        void run(INDArray[] in, INDArray[] thinned, INDArray[] out) {
            INDArray dBias = out.length > 2 ? out[2] : null;
            NormKernels.get()
                    .backward(NormBackward.ofInput(Norm.LAYER, thinned[0], in[2], in[3], in[0], out[0])
                            .weighted(in[1])
                            .into(out[1], dBias));
        }
    }
}
