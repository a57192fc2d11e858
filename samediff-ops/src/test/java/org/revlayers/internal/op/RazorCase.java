package org.revlayers.internal.op;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.blas.params.MMulTranspose;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.Conv2DConfig;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.PaddingMode;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.op.razor.RazorMatmul;
import org.revlayers.keep.RazorFill;
import org.revlayers.keep.RazorValues;
import org.revlayers.op.RevOps;

/** Each op of Back Razor beside ND4J's own, on inputs of sizes that 8 does not divide. */
enum RazorCase {
    LINEAR(
            v -> graph(v).nn.linear(v[0], v[1], v[2]),
            (v, p, f, m) -> RevOps.razorLinear(v[0], v[1], v[2], p, f, m),
            new long[] {5, 13},
            new long[] {13, 7},
            new long[] {7}),
    LINEAR_WITHOUT_BIAS(
            v -> v[0].mmul(v[1]),
            (v, p, f, m) -> RevOps.razorLinear(v[0], v[1], null, p, f, m),
            new long[] {5, 13},
            new long[] {13, 7}),
    LINEAR_OF_TOKENS(
            v -> graph(v).nn.linear(v[0].reshape(-1, 13), v[1], v[2]).reshape(3, 5, 7),
            (v, p, f, m) -> RevOps.razorLinear(v[0], v[1], v[2], p, f, m),
            new long[] {3, 5, 13},
            new long[] {13, 7},
            new long[] {7}),
    CONV2D(
            v -> graph(v).cnn.conv2d(v[0], v[1], v[2], conv()),
            (v, p, f, m) -> RevOps.razorConv2d(v[0], v[1], v[2], conv(), p, f, m),
            new long[] {2, 3, 9, 8},
            new long[] {3, 2, 3, 4},
            new long[] {4}),
    CONV2D_DILATED(
            v -> graph(v).cnn.conv2d(v[0], v[1], v[2], dilated()),
            (v, p, f, m) -> RevOps.razorConv2d(v[0], v[1], v[2], dilated(), p, f, m),
            new long[] {2, 3, 9, 7},
            new long[] {3, 3, 3, 4},
            new long[] {4}),
    CONV2D_SAME(
            v -> graph(v).cnn.conv2d(v[0], v[1], same()),
            (v, p, f, m) -> RevOps.razorConv2d(v[0], v[1], null, same(), p, f, m),
            new long[] {2, 3, 7, 7},
            new long[] {3, 3, 3, 4}),
    MATMUL(
            v -> graph(v).mmul(v[0], v[1], false, true, false),
            (v, p, f, m) -> RevOps.razorMatmul(v[0], v[1], false, true, p, f, m),
            new long[] {2, 3, 5, 7},
            new long[] {2, 3, 6, 7}),
    MATMUL_TRANSPOSED(
            v -> graph(v).mmul(v[0], v[1], true, true, true),
            (v, p, f, m) ->
                    new RazorMatmul(true, true, transposed(), p, f).fill(m).of(v)[0],
            new long[] {3, 7, 5},
            new long[] {3, 6, 7}),
    SOFTMAX(v -> graph(v).nn.softmax(v[0], -1), (v, p, f, m) -> RevOps.razorSoftmax(v[0], p, f, m), new long[] {
        2, 3, 5, 5
    }),
    LAYER_NORM(
            v -> graph(v).nn.layerNorm(v[0], v[1], v[2], false, -1),
            (v, p, f, m) -> RevOps.razorLayerNorm(v[0], v[1], v[2], p, f, m),
            new long[] {3, 5, 13},
            new long[] {13},
            new long[] {13}),
    LAYER_NORM_WITHOUT_BIAS(
            v -> graph(v).nn.layerNorm(v[0], v[1], false, 1),
            (v, p, f, m) -> RevOps.razorLayerNorm(v[0], v[1], null, p, f, m),
            new long[] {5, 13},
            new long[] {13});

    /** Writes the op of ours into a graph. */
    interface Thinning {
        SDVariable apply(SDVariable[] inputs, double prune, RazorValues values, RazorFill fill);
    }

    final Function<SDVariable[], SDVariable> stock;
    final Thinning razor;
    final long[][] shapes;

    RazorCase(Function<SDVariable[], SDVariable> stock, Thinning razor, long[]... shapes) {
        this.stock = stock;
        this.razor = razor;
        this.shapes = shapes;
    }

    private static SameDiff graph(SDVariable[] v) {
        return v[0].getSameDiff();
    }

    private static Conv2DConfig conv() {
        return Conv2DConfig.builder().kH(3).kW(2).sH(2).sW(1).pH(1).pW(0).build();
    }

    private static Conv2DConfig dilated() {
        return Conv2DConfig.builder().kH(3).kW(3).dH(2).dW(2).build();
    }

    private static Conv2DConfig same() {
        return Conv2DConfig.builder()
                .kH(3)
                .kW(3)
                .sH(2)
                .sW(2)
                .paddingMode(PaddingMode.SAME)
                .build();
    }

    private static MMulTranspose transposed() {
        return MMulTranspose.builder()
                .transposeA(true)
                .transposeB(true)
                .transposeResult(true)
                .build();
    }

    /** ND4J's own dilated conv2d fails in oneDNN for FLOAT (M2.1). */
    List<DataType> types() {
        return switch (this) {
            case CONV2D_DILATED -> List.of(DataType.DOUBLE);
            case CONV2D, CONV2D_SAME -> List.of(DataType.FLOAT, DataType.DOUBLE);
            default -> List.of(DataType.FLOAT, DataType.DOUBLE, DataType.FLOAT16);
        };
    }

    INDArray[] inputs(DataType type) {
        Nd4j.getRandom().setSeed(31);
        INDArray[] inputs = new INDArray[shapes.length];
        for (int i = 0; i < inputs.length; i++) {
            inputs[i] = Nd4j.randn(DataType.DOUBLE, shapes[i]).castTo(type);
        }
        return inputs;
    }

    /** The value as "y" and the gradients of Σ y·c by the number of the input, c being different everywhere. */
    static Map<String, INDArray> results(Function<SDVariable[], SDVariable> op, INDArray... inputs) {
        SameDiff sd = SameDiff.create();
        SDVariable[] variables = new SDVariable[inputs.length];
        for (int i = 0; i < inputs.length; i++) {
            variables[i] = sd.var("" + i, inputs[i].dup('c'));
        }
        SDVariable y = op.apply(variables);
        INDArray value = y.eval().dup('c');
        SDVariable weights = sd.constant(coefficients(value));
        sd.setLossVariables(y.mul(weights).sum("loss"));
        Map<String, INDArray> results = new TreeMap<>(sd.calculateGradients(
                Map.of(), List.of(variables).stream().map(SDVariable::name).toList()));
        results.put("y", value);
        return results;
    }

    static INDArray coefficients(INDArray y) {
        Nd4j.getRandom().setSeed(77);
        return Nd4j.randn(DataType.DOUBLE, y.shape()).castTo(y.dataType());
    }

    Map<String, INDArray> stock(INDArray... inputs) {
        return results(stock, inputs);
    }

    Map<String, INDArray> razor(double prune, RazorValues values, INDArray... inputs) {
        return razor(prune, values, RazorFill.ZERO, inputs);
    }

    Map<String, INDArray> razor(double prune, RazorValues values, RazorFill fill, INDArray... inputs) {
        return results(v -> razor.apply(v, prune, values, fill), inputs);
    }
}
