package org.revlayers.internal.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.Thinned;
import org.revlayers.Tolerances;
import org.revlayers.internal.kernel.device.Devices;
import org.revlayers.internal.kernel.razor.RazorKernels;
import org.revlayers.internal.kernel.razor.RazorLayout;
import org.revlayers.internal.op.razor.RazorLayerNorm;
import org.revlayers.internal.op.razor.RazorLinear;
import org.revlayers.keep.RazorFill;
import org.revlayers.keep.RazorValues;
import org.revlayers.op.RevOps;

/** Back Razor's ops against ND4J's own, on dense activations and on activations that are thinned by the definition. */
class RazorOpsTest {

    private static final double PRUNE = 0.7;

    private static double[] numbers(INDArray x) {
        return x.dup('c').data().asDouble();
    }

    private static void assertSame(INDArray expected, INDArray actual) {
        assertArrayEquals(expected.shape(), actual.shape());
        assertArrayEquals(numbers(expected), numbers(actual));
    }

    private static void assertClose(INDArray expected, INDArray actual, double tolerance) {
        assertArrayEquals(expected.shape(), actual.shape());
        double scale = 1 + expected.amaxNumber().doubleValue();
        assertArrayEquals(numbers(expected), numbers(actual), tolerance * scale);
    }

    /** A device's library sums in an order that depends on the matrices' layout. */
    private static void assertSameProduct(INDArray expected, INDArray actual) {
        if (Devices.current() == null) {
            assertSame(expected, actual);
        } else {
            assertClose(expected, actual, tolerance(expected.dataType()));
        }
    }

    private static double tolerance(DataType type) {
        return type == DataType.DOUBLE ? 1e-12 : type == DataType.FLOAT ? 2e-6 : 5e-3;
    }

    @ParameterizedTest
    @EnumSource(RazorCase.class)
    void forwardHasTheBitsOfTheStockOp(RazorCase op) {
        for (DataType type : op.types()) {
            INDArray[] in = op.inputs(type);
            assertSameProduct(
                    op.stock(in).get("y"), op.razor(0.9, RazorValues.FP16, in).get("y"));
        }
    }

    /** Those of HALF in fp32: layer_norm_bp of nd4j-cuda-11.2 1.0.0-M1.1 gives -14400 for a gradient of -0.088 in HALF. */
    @ParameterizedTest
    @EnumSource(RazorCase.class)
    void nothingPrunedGivesTheStockGradients(RazorCase op) {
        for (DataType type : op.types()) {
            INDArray[] in = op.inputs(type);
            Map<String, INDArray> expected = op.stock(
                    type == DataType.FLOAT16
                            ? Stream.of(in).map(x -> x.castTo(DataType.FLOAT)).toArray(INDArray[]::new)
                            : in);
            op.razor(0, RazorValues.FULL, in).forEach((n, g) -> assertClose(expected.get(n), g, tolerance(type)));
            op.razor(0, RazorValues.FP16, in).forEach((n, g) -> assertClose(expected.get(n), g, 2e-3));
            op.razor(0, RazorValues.BF16, in).forEach((n, g) -> assertClose(expected.get(n), g, 2e-2));
            op.razor(0, RazorValues.INT8, in).forEach((n, g) -> assertClose(expected.get(n), g, 3e-2));
        }
    }

    /**
     * Input and bias gradients are exact; the weight's is that of the thinned input, bit for bit where it is the dense product. Summed from the
     * stored form it has its tolerance.
     */
    @ParameterizedTest
    @CsvSource({
        "LINEAR,FLOAT,0.6",
        "LINEAR,FLOAT,0.7",
        "LINEAR,DOUBLE,0.7",
        "LINEAR_WITHOUT_BIAS,FLOAT,0.6",
        "LINEAR_WITHOUT_BIAS,FLOAT,0.9",
        "LINEAR_OF_TOKENS,FLOAT,0.6",
        "LINEAR_OF_TOKENS,FLOAT,0.7",
        "LINEAR_OF_TOKENS,DOUBLE,0.7",
        "CONV2D,FLOAT,0.7",
        "CONV2D,DOUBLE,0.7",
        "CONV2D_DILATED,DOUBLE,0.7",
        "CONV2D_SAME,FLOAT,0.7",
        "CONV2D_SAME,DOUBLE,0.7"
    })
    void linearAndConvolutionAreApproximateInTheWeightAlone(RazorCase op, DataType type, double prune) {
        INDArray[] in = op.inputs(type);
        Map<String, INDArray> dense = op.stock(in);
        INDArray[] substituted = in.clone();
        substituted[0] = Thinned.of(in[0], prune);
        Map<String, INDArray> thinned = op.stock(substituted);
        Map<String, INDArray> actual = op.razor(prune, RazorValues.FULL, in);
        assertSameProduct(dense.get("0"), actual.get("0"));
        assertWeight(op, prune, thinned.get("1"), actual.get("1"));
        assertTrue(dense.get("1").distance2(actual.get("1")) > 0.01, "the weight's gradient is approximate");
        if (in.length > 2) {
            assertClose(dense.get("2"), actual.get("2"), tolerance(type));
        }
    }

    /** Where means stand for what is dropped, x̂ is nearer to x, and gradients are those of stock ops at x̂. */
    @ParameterizedTest
    @EnumSource(
            value = RazorCase.class,
            names = {"LINEAR", "LINEAR_WITHOUT_BIAS", "LINEAR_OF_TOKENS", "CONV2D", "CONV2D_DILATED", "CONV2D_SAME"})
    void meansStandForWhatIsDropped(RazorCase op) {
        for (DataType type : op.types()) {
            INDArray[] in = op.inputs(type);
            Map<String, INDArray> dense = op.stock(in);
            INDArray[] substituted = in.clone();
            substituted[0] = Thinned.withMeans(in[0], 0.8);
            Map<String, INDArray> expected = op.stock(substituted);
            Map<String, INDArray> actual = op.razor(0.8, RazorValues.FULL, RazorFill.MEAN, in);
            assertSameProduct(dense.get("y"), actual.get("y"));
            assertSameProduct(dense.get("0"), actual.get("0"));
            assertClose(expected.get("1"), actual.get("1"), type == DataType.FLOAT16 ? 5e-3 : 2e-6);
            double zeros =
                    dense.get("1").distance2(op.razor(0.8, RazorValues.FULL, in).get("1"));
            assertTrue(
                    dense.get("1").distance2(actual.get("1")) < zeros,
                    op + " of " + type + " is no nearer than with zeros");
        }
    }

    /** All ops, through every form of values; the arrays of a copy are where backward looks for them. */
    @ParameterizedTest
    @EnumSource(RazorCase.class)
    void meansOfNothingChangeNothing(RazorCase op) {
        for (RazorValues values : RazorValues.values()) {
            INDArray[] in = op.inputs(DataType.DOUBLE);
            Map<String, INDArray> zeros = op.razor(0, values, in);
            op.razor(0, values, RazorFill.MEAN, in).forEach((name, g) -> assertSame(zeros.get(name), g));
            Map<String, INDArray> means = op.razor(0.7, values, RazorFill.MEAN, in);
            boolean differ = op.razor(0.7, values, in).entrySet().stream()
                    .anyMatch(e -> e.getValue().distance2(means.get(e.getKey())) > 1e-3);
            assertTrue(differ, op + ", " + values);
        }
    }

    private static void assertWeight(RazorCase op, double prune, INDArray expected, INDArray actual) {
        boolean stored = op.name().startsWith("LINEAR")
                && expected.dataType() == DataType.FLOAT
                && prune >= RazorKernels.MULTIPLIES_FROM;
        if (stored) {
            assertClose(expected, actual, Tolerances.PRODUCT_OF_16);
        } else {
            assertSame(expected, actual);
        }
    }

    /** What is not kept is a zero of the dense product, which an infinite gradient makes NaN; the product from the stored form does not meet it. */
    @ParameterizedTest
    @CsvSource({"FLOAT,0.6,false", "FLOAT,0.7,true", "FLOAT,0.9,true", "HALF,0.9,true", "DOUBLE,0.9,false"})
    void theWeightsGradientIsMultipliedAsStoredFromWhereThatIsQuicker(DataType type, double prune, boolean stored) {
        assumeTrue(Devices.current() == null, "on a device the dense product is always quicker");
        for (RazorValues values : RazorValues.values()) {
            INDArray x = Nd4j.linspace(1, 2, 52, DataType.DOUBLE).reshape(1, 4, 13);
            x.slice(0).getRow(1).muli(1e-3);
            INDArray[] in = {x.castTo(type), Nd4j.ones(type, 13, 7)};
            RazorLinear forward = new RazorLinear(prune, values);
            INDArray[] out = Nd4j.exec(forward.on(in));
            INDArray[] read = new INDArray[out.length + 1];
            read[0] = Nd4j.ones(type, 1, 4, 7);
            read[0].slice(0).getRow(1).assign(Double.POSITIVE_INFINITY);
            read[1] = in[1];
            System.arraycopy(out, 1, read, 2, out.length - 1);
            INDArray dw = Nd4j.exec(forward.backward().on(read))[1];
            for (double v : numbers(dw)) {
                assertEquals(stored, Double.isFinite(v), values + ": " + v);
            }
        }
    }

    /** Its samples are single elements, no whole rows. */
    @Test
    void aVectorIsOneRow() {
        INDArray[] in = {
            Nd4j.linspace(1, 2, 13, DataType.FLOAT),
            Nd4j.linspace(-1, 1, 91, DataType.FLOAT).reshape(13, 7)
        };
        Map<String, INDArray> actual =
                RazorCase.results(v -> RevOps.razorLinear(v[0], v[1], null, 0.9, RazorValues.FULL), in);
        INDArray dy = RazorCase.coefficients(actual.get("y"));
        assertSame(in[0].reshape(13, 1).mmul(dy.reshape(1, 7)), actual.get("1"));
    }

    @ParameterizedTest
    @CsvSource({"MATMUL,FLOAT", "MATMUL,DOUBLE", "MATMUL_TRANSPOSED,FLOAT", "MATMUL_TRANSPOSED,DOUBLE"})
    void matmulReadsBothThinned(RazorCase op, DataType type) {
        INDArray[] in = op.inputs(type);
        Map<String, INDArray> thinned = op.stock(Thinned.of(in[0], PRUNE), Thinned.of(in[1], PRUNE));
        Map<String, INDArray> actual = op.razor(PRUNE, RazorValues.FULL, in);
        assertSame(thinned.get("0"), actual.get("0"));
        assertSame(thinned.get("1"), actual.get("1"));
    }

    @ParameterizedTest
    @CsvSource({"FLOAT", "DOUBLE"})
    void softmaxReadsItsThinnedOutput(DataType type) {
        INDArray s = RazorCase.SOFTMAX.inputs(type)[0];
        Map<String, INDArray> actual = RazorCase.SOFTMAX.razor(PRUNE, RazorValues.FULL, s);
        INDArray p = Thinned.of(actual.get("y"), PRUNE).castTo(DataType.DOUBLE);
        INDArray dp = RazorCase.coefficients(actual.get("y")).castTo(DataType.DOUBLE);
        INDArray sums = dp.mul(p).sum(true, 3);
        assertClose(
                p.mul(dp.sub(sums.broadcast(dp.shape()))), actual.get("0").castTo(DataType.DOUBLE), tolerance(type));
    }

    @Test
    void aRowOfProbabilitiesThatIsPrunedAwayGetsNoGradient() {
        INDArray s = Nd4j.zeros(DataType.FLOAT, 1, 4, 9);
        s.putScalar(0, 1, 3, 3);
        s.putScalar(0, 3, 5, 3);
        INDArray ds = RazorCase.SOFTMAX.razor(0.98, RazorValues.FULL, s).get("0");
        assertEquals(0, ds.slice(0).getRow(0).amaxNumber().doubleValue());
        assertEquals(0, ds.slice(0).getRow(2).amaxNumber().doubleValue());
        assertTrue(ds.slice(0).getRow(1).amaxNumber().doubleValue() > 0);
    }

    @ParameterizedTest
    @CsvSource({"LAYER_NORM,FLOAT", "LAYER_NORM,DOUBLE", "LAYER_NORM_WITHOUT_BIAS,FLOAT"})
    void normReadsTheThinnedInputAndExactStatistics(RazorCase op, DataType type) {
        INDArray[] in = op.inputs(type);
        Map<String, INDArray> actual = op.razor(PRUNE, RazorValues.FULL, in);
        long cols = in[0].size(-1);
        INDArray x = in[0].castTo(DataType.DOUBLE).reshape(-1, cols);
        INDArray z = Thinned.of(in[0], PRUNE)
                .castTo(DataType.DOUBLE)
                .reshape(-1, cols)
                .subColumnVector(x.mean(1))
                .divColumnVector(x.std(false, 1));
        INDArray dy =
                RazorCase.coefficients(actual.get("y")).castTo(DataType.DOUBLE).reshape(-1, cols);
        INDArray g = dy.mulRowVector(in[1].castTo(DataType.DOUBLE));
        INDArray dx = g.subColumnVector(g.mean(1))
                .sub(z.mulColumnVector(g.mul(z).mean(1)))
                .divColumnVector(x.std(false, 1));
        double tolerance = 4 * tolerance(type);
        assertClose(dx.reshape(in[0].shape()), actual.get("0").castTo(DataType.DOUBLE), tolerance);
        assertClose(dy.mul(z).sum(0), actual.get("1").castTo(DataType.DOUBLE), tolerance);
        if (in.length > 2) {
            assertClose(dy.sum(0), actual.get("2").castTo(DataType.DOUBLE), tolerance);
        }
    }

    /** A sample of zeros keeps nothing, one of equal elements the first by position; a layer norm gives such rows no gradient, as the stock op. */
    @ParameterizedTest
    @EnumSource(RazorCase.class)
    void samplesOfZerosAndOfEqualElements(RazorCase op) {
        for (double value : new double[] {0, 2.5}) {
            INDArray[] in = op.inputs(op.types().get(0));
            in[0].slice(1).assign(value);
            INDArray[] substituted = in.clone();
            for (int i = 0; i < (op.name().startsWith("MATMUL") ? 2 : 1); i++) {
                substituted[i] = Thinned.of(in[i], PRUNE);
            }
            Map<String, INDArray> actual = op.razor(PRUNE, RazorValues.FULL, in);
            assertSameProduct(op.stock(in).get("y"), actual.get("y"));
            if (op.name().contains("NORM")) {
                assertEquals(0, actual.get("0").slice(1).amaxNumber().doubleValue());
            } else if (op != RazorCase.SOFTMAX) {
                assertWeight(op, PRUNE, op.stock(substituted).get("1"), actual.get("1"));
            }
            actual.values()
                    .forEach(x -> assertTrue(Double.isFinite(x.sumNumber().doubleValue()), x.toString()));
        }
    }

    @ParameterizedTest
    @EnumSource(RazorValues.class)
    void oneElement(RazorValues values) {
        INDArray[] in = {
            Nd4j.create(new float[] {3}, 1, 1), Nd4j.create(new float[] {2}, 1, 1), Nd4j.createFromArray(0.5f)
        };
        Map<String, INDArray> actual = RazorCase.LINEAR.razor(0.99, values, in);
        assertEquals(6.5, actual.get("y").getDouble(0));
        INDArray dy = RazorCase.coefficients(actual.get("y"));
        assertSame(dy.mul(2), actual.get("0"));
        assertSame(dy.mul(3), actual.get("1"));
        assertSame(dy.reshape(1), actual.get("2"));
    }

    @ParameterizedTest
    @EnumSource(RazorValues.class)
    void outsideAGraphTheOutputsHaveTheSizesOfTheLayout(RazorValues values) {
        INDArray[] in = RazorCase.LINEAR.inputs(DataType.FLOAT);
        RazorLinear forward = new RazorLinear(PRUNE, values);
        INDArray[] out = Nd4j.exec(forward.on(in));
        long bytes = 0;
        for (int i = 1; i < out.length - 1; i++) {
            bytes += out[i].length() * out[i].dataType().width();
        }
        RazorLayout layout = RazorLayout.of(PRUNE, values, in[0].shape());
        assertEquals(layout.bytes(DataType.FLOAT), bytes);
        assertArrayEquals(in[0].shape(), out[out.length - 1].toLongVector());
        INDArray[] read = new INDArray[out.length + 1];
        read[0] = RazorCase.coefficients(out[0]);
        read[1] = in[1];
        System.arraycopy(out, 1, read, 2, out.length - 1);
        INDArray[] gradients = Nd4j.exec(forward.backward().on(read));
        Map<String, INDArray> expected = RazorCase.LINEAR.razor(PRUNE, values, in);
        for (int i = 0; i < 3; i++) {
            assertSame(expected.get("" + i), gradients[i]);
        }
    }

    @Test
    void saysWhichRatiosAndShapesDoNotFit() {
        INDArray[] in = RazorCase.LINEAR.inputs(DataType.FLOAT);
        assertThrows(IllegalArgumentException.class, () -> new RazorLinear(1, RazorValues.FULL));
        String message = assertThrows(
                        RuntimeException.class,
                        () -> Nd4j.exec(new RazorLinear(0.5, RazorValues.FULL).on(in[1], in[0], null)))
                .getCause()
                .getMessage();
        assertTrue(message.contains("got x [13, 7], W [5, 13]"), message);
        message = assertThrows(
                        RuntimeException.class,
                        () -> Nd4j.exec(new RazorLayerNorm(0.5, RazorValues.FULL).on(in[0], in[2], null)))
                .getCause()
                .getMessage();
        assertTrue(message.contains("got x [5, 13], gain [7]"), message);
    }
}
