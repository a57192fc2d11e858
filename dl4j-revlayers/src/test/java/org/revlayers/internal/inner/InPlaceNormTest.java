package org.revlayers.internal.inner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.activations.impl.ActivationLReLU;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.function.InPlaceFunction;
import org.revlayers.internal.contract.Pass;
import org.revlayers.internal.keep.Kept;
import org.revlayers.internal.layers.InPlaceCurve;
import org.revlayers.internal.layers.InPlaceRule;
import org.revlayers.layers.Compare;
import org.revlayers.layers.InPlaceBatchNorm;
import org.revlayers.layers.Tolerances;

/** In-place batch normalisations against differences, and against DL4J's with their function behind. */
class InPlaceNormTest {

    private static final int CHANNELS = 3;
    private static final double SLOPE = 0.25;
    private static final Pass FROZEN = Twin.TRAINING.frozen();

    private static Layer norm(InPlaceFunction function, boolean frozen) {
        return new InPlaceBatchNorm.Builder()
                .function(function)
                .slope(SLOPE)
                .frozenStatistics(frozen)
                .nIn(CHANNELS)
                .nOut(CHANNELS)
                .build();
    }

    private static Layer plain() {
        return new BatchNormalization.Builder().nIn(CHANNELS).nOut(CHANNELS).build();
    }

    private static Layer convolution(int in, int out, int side, boolean bias) {
        return new ConvolutionLayer.Builder(side, side)
                .nIn(in)
                .nOut(out)
                .hasBias(bias)
                .convolutionMode(ConvolutionMode.Same)
                .activation(Activation.IDENTITY)
                .build();
    }

    private static Stream<Arguments> norms() {
        return Stream.of(InPlaceFunction.values()).flatMap(function -> Stream.of(true, false)
                .filter(frozen -> frozen || function != InPlaceFunction.RELU)
                .map(frozen -> Arguments.of(function, frozen)));
    }

    /** Gamma of the first channel is negative. */
    private static Twin twin(DataType type, Keeping keeping, int norm, Layer... layers) {
        Twin twin = new Twin(type, HostChoice.OWN, layer -> keeping, layers);
        gamma(twin, norm, 0, -0.7);
        return twin;
    }

    private static void gamma(Twin twin, int norm, int channel, double value) {
        twin.parameters.get(norm).putScalar(0, channel, value);
    }

    private static void beta(Twin twin, int norm, int channel, double value) {
        twin.parameters.get(norm).putScalar(0, CHANNELS + channel, value);
    }

    private static void differences(Twin twin, INDArray x) {
        INDArray dy = Twin.normal(DataType.DOUBLE, 2, twin.network.outputShape(x.shape()));
        Twin.Step step = twin.inner(x, dy, Twin.TRAINING);
        GradientTest.check(twin, x, dy, Twin.TRAINING, x, step.dx(), x.length(), "input");
        for (int i = 0; i < twin.parameters.size(); i++) {
            INDArray parameters = twin.parameters.get(i);
            if (parameters != null) {
                long learn = parameters.length() == 4 * CHANNELS ? 2 * CHANNELS : parameters.length();
                GradientTest.check(
                        twin, x, dy, Twin.TRAINING, parameters, step.gradients().get(i), learn, "layer " + i);
            }
        }
    }

    /** By itself it reads its input, in front of a convolution its output, behind one with frozen statistics neither. */
    @ParameterizedTest
    @MethodSource("norms")
    void gradientsMatchDifferences(InPlaceFunction function, boolean frozen) {
        for (Keeping keeping : List.of(Keeping.DENSE, Keeping.WITH_MASKS)) {
            INDArray x = Twin.normal(DataType.DOUBLE, 1, 3, CHANNELS, 3, 2);
            differences(twin(DataType.DOUBLE, keeping, 0, norm(function, frozen)), x);
            differences(
                    twin(
                            DataType.DOUBLE,
                            keeping,
                            0,
                            norm(function, frozen),
                            new ActivationLayer(Activation.RELU),
                            convolution(CHANNELS, 2, 3, true)),
                    x);
            for (boolean bias : new boolean[] {true, false}) {
                for (int side : new int[] {1, 3}) {
                    differences(
                            twin(
                                    DataType.DOUBLE,
                                    keeping,
                                    1,
                                    convolution(CHANNELS, CHANNELS, side, bias),
                                    norm(function, frozen),
                                    convolution(CHANNELS, 2, 1, false)),
                            x);
                }
            }
        }
    }

    /** Statistics of the batch, DL4J's own function behind. */
    @ParameterizedTest
    @EnumSource(
            value = InPlaceFunction.class,
            names = {"IDENTITY", "LEAKY_RELU", "ELU"})
    void isDl4jsNormAndFunction(InPlaceFunction function) {
        ActivationLayer behind =
                switch (function) {
                    case LEAKY_RELU -> new ActivationLayer(new ActivationLReLU(SLOPE));
                    case ELU -> new ActivationLayer(Activation.ELU);
                    default -> new ActivationLayer(Activation.IDENTITY);
                };
        for (DataType type : new DataType[] {DataType.DOUBLE, DataType.FLOAT}) {
            double tolerance = type == DataType.DOUBLE ? Tolerances.DOUBLE_ORDER : Tolerances.FLOAT_ORDER;
            Twin stock = new Twin(type, HostChoice.STOCK, plain(), behind, convolution(CHANNELS, 2, 1, true));
            Twin ours = new Twin(type, HostChoice.OWN, norm(function, false), convolution(CHANNELS, 2, 1, true));
            INDArray x = Twin.normal(type, 1, 4, CHANNELS, 5, 3);
            INDArray dy = Twin.normal(type, 2, 4, 2, 5, 3);
            Twin.Step expected = stock.stock(x, dy, true);
            Twin.Step actual = ours.inner(x, dy, Twin.TRAINING);
            Compare.near(expected.out(), actual.out(), tolerance, "output");
            Compare.near(expected.dx(), actual.dx(), tolerance, "input gradient");
            Compare.near(
                    expected.gradients().get(0),
                    actual.gradients().get(0),
                    10 * tolerance,
                    "gamma, beta, and one step of the statistics");
            Compare.near(ours.stock(x, dy, true).dx(), actual.dx(), tolerance, "by itself in a network");
        }
    }

    /** Frozen statistics: what a container computes of DL4J's layers in inference, its function with a plain ReLU. */
    @Test
    void frozenStatisticsAreExactWithRelu() {
        Keeping frozen = Keeping.WITH_MASKS.norms(InPlaceNorms.FROZEN);
        for (DataType type : new DataType[] {DataType.DOUBLE, DataType.FLOAT}) {
            double tolerance = type == DataType.DOUBLE ? Tolerances.DOUBLE_ORDER : 10 * Tolerances.FLOAT_ORDER;
            Layer[] folded = {
                convolution(2, CHANNELS, 3, true),
                plain(),
                new ActivationLayer(Activation.RELU),
                convolution(CHANNELS, CHANNELS, 1, false),
                plain()
            };
            Layer[] alone = {plain(), new ActivationLayer(Activation.RELU), convolution(CHANNELS, 2, 1, true)};
            for (Layer[] layers : List.of(folded, alone)) {
                Twin plain = new Twin(type, HostChoice.OWN, layers);
                Twin ours = twin(type, frozen, layers == folded ? 1 : 0, layers);
                gamma(plain, layers == folded ? 1 : 0, 0, -0.7);
                INDArray x = Twin.normal(type, 1, 4, layers == folded ? 2 : CHANNELS, 5, 3);
                INDArray dy = Twin.normal(type, 2, plain.network.outputShape(x.shape()));
                Twin.Step expected = plain.inner(x, dy, FROZEN);
                Twin.Step actual = ours.inner(x, dy, Twin.TRAINING);
                Compare.near(expected.out(), actual.out(), tolerance, "output");
                Compare.near(expected.dx(), actual.dx(), tolerance, "input gradient");
                for (int i = 0; i < layers.length; i++) {
                    if (expected.gradients().get(i) != null) {
                        Compare.near(
                                expected.gradients().get(i),
                                actual.gradients().get(i),
                                10 * tolerance,
                                "gradients of layer " + i + ", no step of the statistics among them");
                    }
                }
            }
        }
    }

    /** Of a convolution, a norm, a function and a convolution: the input of the last one, and with a ReLU one bit per element. */
    @ParameterizedTest
    @MethodSource("norms")
    void keepsItsOutputAlone(InPlaceFunction function, boolean frozen) {
        Twin twin = twin(
                DataType.FLOAT,
                Keeping.WITH_MASKS,
                1,
                convolution(CHANNELS, CHANNELS, 3, false),
                norm(function, frozen),
                convolution(CHANNELS, 2, 1, true));
        long elements = 4L * CHANNELS * 5 * 3;
        long statistics = frozen ? 0 : 2L * CHANNELS * Float.BYTES;
        long bits = function == InPlaceFunction.RELU ? (elements + 7) / 8 : 0;
        assertEquals(elements * Float.BYTES + statistics + bits, kept(twin, 4, CHANNELS, 5, 3));
    }

    /** What a forward keeps, which is what was predicted. */
    private static long kept(Twin twin, int batch, int channels, int height, int width) {
        INDArray x = Twin.normal(DataType.FLOAT, 1, batch, channels, height, width);
        Kept kept = new Kept();
        kept.begin();
        INDArray out = Nd4j.create(DataType.FLOAT, twin.network.outputShape(x.shape()));
        twin.network.forward(x, out, Twin.TRAINING, kept);
        long bytes = kept.bytes();
        kept.clear();
        long predicted = twin.network.predictKept(InputType.convolutional(height, width, channels)).stream()
                .mapToLong(t -> t.bytes(batch, Float.BYTES))
                .sum();
        assertEquals(predicted, bytes, "predicted");
        return bytes;
    }

    /** In single precision, beside the same in double: the error of x̂ is that of beta/gamma times a rounding, and channels beyond the rule keep x̂. */
    @ParameterizedTest
    @ValueSource(doubles = {10, 99, 101, 1e4, 1e12})
    void smallGammasKeepTheNormalised(double ratio) {
        Layer[] layers = {norm(InPlaceFunction.LEAKY_RELU, false), convolution(CHANNELS, 2, 1, true)};
        Twin single = twin(DataType.FLOAT, Keeping.WITH_MASKS, 0, layers);
        Twin exact = twin(DataType.DOUBLE, Keeping.WITH_MASKS, 0, layers);
        for (int i = 0; i < 2; i++) {
            exact.parameters.get(i).assign(single.parameters.get(i).castTo(DataType.DOUBLE));
        }
        for (Twin twin : List.of(single, exact)) {
            gamma(twin, 0, 1, 1 / 1024.0);
            beta(twin, 0, 1, ratio / 1024);
        }
        INDArray x = Twin.normal(DataType.FLOAT, 1, 4, CHANNELS, 5, 3);
        INDArray dy = Twin.normal(DataType.FLOAT, 2, 4, 2, 5, 3);
        Twin.Step expected = exact.inner(x.castTo(DataType.DOUBLE), dy.castTo(DataType.DOUBLE), Twin.TRAINING);
        Twin.Step actual = single.inner(x, dy, Twin.TRAINING);
        double scale = expected.gradients().get(0).amaxNumber().doubleValue();
        Compare.near(
                expected.gradients().get(0).castTo(DataType.FLOAT),
                actual.gradients().get(0),
                Tolerances.FLOAT_ORDER * scale,
                "gradients of gamma and beta");
        long extra = ratio > 100 ? 4L * 5 * 3 * Float.BYTES : 0;
        assertEquals(
                4L * CHANNELS * 5 * 3 * Float.BYTES + 2L * CHANNELS * Float.BYTES + extra,
                kept(single, 4, CHANNELS, 5, 3));
    }

    @ParameterizedTest
    @MethodSource("norms")
    void gammaMayBeZero(InPlaceFunction function, boolean frozen) {
        for (boolean behind : new boolean[] {true, false}) {
            Layer[] layers = behind
                    ? new Layer[] {
                        convolution(CHANNELS, CHANNELS, 1, true),
                        norm(function, frozen),
                        convolution(CHANNELS, 2, 1, true)
                    }
                    : new Layer[] {norm(function, frozen), convolution(CHANNELS, 2, 1, true)};
            Twin twin = twin(DataType.DOUBLE, Keeping.WITH_MASKS, behind ? 1 : 0, layers);
            gamma(twin, behind ? 1 : 0, 1, 0);
            beta(twin, behind ? 1 : 0, 1, 0.5);
            differences(twin, Twin.normal(DataType.DOUBLE, 1, 3, CHANNELS, 3, 2));
        }
    }

    /** Its output is −1 where ln(z + 1) is not finite. */
    @Test
    void saturatedElusAreFinite() {
        Layer[] layers = {norm(InPlaceFunction.ELU, false), convolution(CHANNELS, 2, 1, true)};
        Twin twin = twin(DataType.FLOAT, Keeping.WITH_MASKS, 0, layers);
        gamma(twin, 0, 1, 30);
        INDArray x = Twin.normal(DataType.FLOAT, 1, 4, CHANNELS, 5, 3);
        INDArray dy = Twin.normal(DataType.FLOAT, 2, 4, 2, 5, 3);
        Twin.Step step = twin.inner(x, dy, Twin.TRAINING);
        Twin stock = new Twin(
                DataType.FLOAT, HostChoice.OWN, plain(), new ActivationLayer(Activation.ELU), layers[1].clone());
        for (int i = 0; i < 2; i++) {
            stock.parameters.get(2 * i).assign(twin.parameters.get(i));
        }
        Twin.Step expected = stock.inner(x, dy, Twin.TRAINING);
        Compare.near(expected.dx(), step.dx(), 10 * Tolerances.FLOAT_ORDER, "input gradient");
        Compare.near(
                expected.gradients().get(0), step.gradients().get(0), 10 * Tolerances.FLOAT_ORDER, "gamma and beta");
        InPlaceCurve curve = new InPlaceCurve(new InPlaceRule(InPlaceFunction.ELU, SLOPE, false));
        INDArray v = Nd4j.create(DataType.FLOAT, 3);
        curve.invert(Nd4j.createFromArray(-1f, -0.5f, 2f), v);
        Compare.near(
                Nd4j.createFromArray((float) Math.log(0x1p-24), (float) Math.log(0.5), 2f),
                v,
                Tolerances.FLOAT_ORDER,
                "v");
    }

    /** A layer that works in place does not write over the output that backward reads. */
    @Test
    void nobodyWritesOverTheOutput() {
        Layer[] layers = {
            convolution(CHANNELS, CHANNELS, 1, true),
            norm(InPlaceFunction.LEAKY_RELU, false),
            new ActivationLayer(Activation.RELU),
            convolution(CHANNELS, 2, 1, true)
        };
        InnerContract.behaves(() -> layers, HostChoice.OWN, 3, CHANNELS, 4, 2);
        differences(
                twin(DataType.DOUBLE, Keeping.WITH_MASKS, 1, layers),
                Twin.normal(DataType.DOUBLE, 1, 3, CHANNELS, 3, 2));
    }

    @Test
    void lockedNumbersAreConstants() {
        for (double[] locked : new double[][] {{1, 0}, {0.5, -0.25}}) {
            Layer norm = new BatchNormalization.Builder()
                    .lockGammaBeta(true)
                    .gamma(locked[0])
                    .beta(locked[1])
                    .nIn(CHANNELS)
                    .nOut(CHANNELS)
                    .build();
            Layer[] layers = {convolution(CHANNELS, CHANNELS, 1, true), norm, new ActivationLayer(Activation.RELU)};
            Layer[] alone = {norm, new ActivationLayer(Activation.RELU), convolution(CHANNELS, 2, 1, true)};
            for (Layer[] some : List.of(layers, alone)) {
                Twin plain = new Twin(DataType.DOUBLE, HostChoice.OWN, some);
                Twin ours = new Twin(
                        DataType.DOUBLE, HostChoice.OWN, layer -> Keeping.WITH_MASKS.norms(InPlaceNorms.FROZEN), some);
                INDArray x = Twin.normal(DataType.DOUBLE, 1, 3, CHANNELS, 3, 2);
                INDArray dy = Twin.normal(DataType.DOUBLE, 2, ours.network.outputShape(x.shape()));
                Twin.Step expected = plain.inner(x, dy, FROZEN);
                Twin.Step actual = ours.inner(x, dy, Twin.TRAINING);
                Compare.near(expected.dx(), actual.dx(), Tolerances.DOUBLE_ORDER, "input gradient");
                Compare.near(
                        expected.gradients().get(0),
                        actual.gradients().get(0),
                        10 * Tolerances.DOUBLE_ORDER,
                        "gradients of the first layer");
            }
        }
    }

    @Test
    void aFrozenOneHasNoGradients() {
        for (InPlaceFunction function : InPlaceFunction.values()) {
            boolean frozen = function == InPlaceFunction.RELU;
            Twin learns = new Twin(DataType.DOUBLE, HostChoice.OWN, norm(function, frozen));
            Twin still = new Twin(DataType.DOUBLE, HostChoice.OWN, new FrozenLayerWithBackprop(norm(function, frozen)));
            INDArray x = Twin.normal(DataType.DOUBLE, 1, 3, CHANNELS, 3, 2);
            Twin.Step step = still.inner(x, x, Twin.TRAINING);
            Compare.near(learns.inner(x, x, FROZEN).dx(), step.dx(), Tolerances.DOUBLE_ORDER, "input gradient");
            assertEquals(0, step.gradients().get(0).amaxNumber().doubleValue(), "parameter gradients");
        }
    }

    @Test
    void whatCannotBeIsSaid() {
        InPlaceBatchNorm.Builder builder = new InPlaceBatchNorm.Builder();
        said("above 0 and finite; got 0.0", () -> builder.slope(0));
        said("above 0 and finite; got -0.1", () -> builder.slope(-0.1));
        said("frozenStatistics(true)", () -> builder.function(InPlaceFunction.RELU)
                .build());
        Twin one = new Twin(DataType.FLOAT, HostChoice.OWN, norm(InPlaceFunction.ELU, false));
        INDArray x = Twin.normal(DataType.FLOAT, 1, 1, CHANNELS, 1, 1);
        said("two values per channel or more", () -> one.inner(x, x, Twin.TRAINING));
        said("reads [mb, 3, ...]; got [1, 2, 4, 4]", () -> one.network.outputShape(1, 2, 4, 4));
    }

    private static void said(String what, Executable action) {
        String message = assertThrows(IllegalArgumentException.class, action).getMessage();
        assertTrue(message.contains(what), message);
    }
}
