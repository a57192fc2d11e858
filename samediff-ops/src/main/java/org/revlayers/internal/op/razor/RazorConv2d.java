package org.revlayers.internal.op.razor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.enums.WeightsFormat;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.api.ops.impl.layers.convolution.Conv2D;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.Conv2DConfig;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.PaddingMode;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.op.base.RevOp;
import org.revlayers.keep.RazorValues;

/**
 * Convolution that keeps its input thinned (Back Razor).
 *
 * <pre>
 *   y  = conv2d(x, W) + b                                   dense, the bits of ND4J's conv2d
 *   dx, db                                                  exact
 *   dW = the weight gradient of x̂ and dy                    x̂: x where kept, else 0
 * </pre>
 *
 * <p>Inputs: x {@code [batch, channels, height, width]}, or as the configuration says, FLOAT or DOUBLE; W; b {@code [out]}, or none. Outputs: y; the
 * copy of x, if no other op has made it. Settings: those of ND4J's conv2d, kernel, stride, padding, dilation, same mode, formats. Kept for
 * backward, of n elements: n/8 bytes of bitmap and (1 − prune)·n values of 4, 2 or 1 byte, where the stock op keeps 4·n. Errors are those of ND4J's
 * conv2d. Source: Back Razor, NeurIPS 2022.
 */
public final class RazorConv2d extends RazorAffine {

    /** For a graph that is being loaded. */
    public RazorConv2d() {
        super("razor_conv2d");
    }

    /**
     * To be applied to x, W and b, which may be null.
     *
     * @param settings the whole-number settings of ND4J's conv2d, in its order
     * @param prune    fraction of each sample's elements that is dropped from the copy, in [0, 1)
     * @param values   how the others are stored
     */
    public RazorConv2d(long[] settings, double prune, RazorValues values) {
        this();
        thin(prune, values);
        addIArgument(settings);
    }

    /** The settings that ND4J's conv2d makes of its configuration. */
    public static long[] settings(Conv2DConfig config) {
        return new Conv2D(new INDArray[0], new INDArray[0], config).iArgs();
    }

    /** ND4J's op with the settings that are an op's own. */
    private static DynamicCustomOp stock(String name, RevOp op, List<INDArray> in, INDArray... out) {
        List<Integer> own = Arrays.stream(op.iArgs())
                .skip(2)
                .mapToInt(Math::toIntExact)
                .boxed()
                .toList();
        return new DynamicCustomOp(name, in.toArray(new INDArray[0]), out, null, own);
    }

    @Override
    List<LongShapeDescriptor> results(List<INDArray> in) {
        requireSameType(in.get(0), in.get(1));
        DynamicCustomOp stock = stock("conv2d", this, in.subList(0, operands()));
        return List.of(
                shape(in.get(0).dataType(), stock.calculateOutputShape().get(0).getShape()));
    }

    @Override
    void compute(INDArray[] in, INDArray[] out) {
        Nd4j.exec(stock("conv2d", this, List.of(in).subList(0, operands()), out[0]));
    }

    @Override
    List<SDVariable> reads() {
        return bArguments.get(0) ? List.of(arg(1), arg(2)) : List.of(arg(1));
    }

    @Override
    public SDVariable stock() {
        return sameDiff.cnn().conv2d(arg(0), arg(1), bias(), configuration(iArgs()));
    }

    /** What {@link #settings} makes of a configuration, back again; behind the two settings of thinning. */
    private static Conv2DConfig configuration(long... s) {
        return Conv2DConfig.builder()
                .kH(s[2])
                .kW(s[3])
                .sH(s[4])
                .sW(s[5])
                .pH(s[6])
                .pW(s[7])
                .dH(s[8])
                .dW(s[9])
                .paddingMode(PaddingMode.values()[(int) s[10]])
                .dataFormat(s.length > 11 && s[11] == 1 ? "NHWC" : "NCHW")
                .weightsFormat(s.length > 12 ? WeightsFormat.values()[(int) s[12]] : WeightsFormat.YXIO)
                .build();
    }

    @Override
    RazorBp gradient() {
        return new Bp();
    }

    /** {@code razor_conv2d_bp}. Inputs: dy, W, b if there is one, the copy of x. Outputs: dx, dW and, with a bias, db. */
    public static final class Bp extends Backward {
        public Bp() {
            super("razor_conv2d_bp");
        }

        @Override
        int reads() {
            return getNumOutputs();
        }

        @Override
        long[] bias(List<INDArray> in) {
            return in.get(2).shape();
        }

        @Override
        void run(INDArray[] in, INDArray[] thinned, INDArray[] out) {
            List<INDArray> stock = new ArrayList<>(List.of(thinned[0]));
            stock.addAll(List.of(in).subList(1, reads()));
            stock.add(in[0]);
            Nd4j.exec(stock("conv2d_bp", this, stock, out));
        }
    }
}
