package org.revlayers.internal.inner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.constraint.NonNegativeConstraint;
import org.deeplearning4j.nn.conf.dropout.GaussianDropout;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.Convolution1DLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.weightnoise.DropConnect;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.contract.Pass;
import org.revlayers.layers.Compare;
import org.revlayers.layers.Tolerances;

/** The hosts of stock configurations against DL4J's implementations. */
class StockHostsTest {

    record Case(String name, InnerContract.Layers layers, long... input) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static ConvolutionLayer.Builder convolution(int in, int out, int kernel) {
        return new ConvolutionLayer.Builder(kernel, kernel).nIn(in).nOut(out).activation(Activation.IDENTITY);
    }

    private static BatchNormalization.Builder norm(int channels) {
        return new BatchNormalization.Builder().nIn(channels).nOut(channels);
    }

    private static DenseLayer.Builder dense(int in, int out) {
        return new DenseLayer.Builder().nIn(in).nOut(out).activation(Activation.IDENTITY);
    }

    private static Layer relu() {
        return new ActivationLayer(Activation.RELU);
    }

    private static Case one(String name, java.util.function.Supplier<Layer> layer, long... input) {
        return new Case(name, () -> new Layer[] {layer.get()}, input);
    }

    static Stream<Case> convolutions() {
        List<Case> cases = new ArrayList<>();
        for (ConvolutionMode mode : List.of(ConvolutionMode.Same, ConvolutionMode.Truncate)) {
            for (int kernel : new int[] {1, 2, 3}) {
                for (int stride : new int[] {1, 2, 3}) {
                    for (int padding : mode == ConvolutionMode.Same ? new int[] {0} : new int[] {0, 1}) {
                        cases.add(one(
                                mode + " kernel " + kernel + " stride " + stride + " padding " + padding,
                                () -> convolution(3, 4, kernel)
                                        .stride(stride, stride)
                                        .padding(padding, padding)
                                        .convolutionMode(mode)
                                        .build(),
                                2,
                                3,
                                7,
                                8));
                    }
                }
            }
        }
        cases.add(one(
                "strict",
                () -> convolution(3, 4, 3)
                        .convolutionMode(ConvolutionMode.Strict)
                        .build(),
                2,
                3,
                7,
                8));
        cases.add(one("one example", () -> convolution(3, 4, 3).build(), 1, 3, 7, 8));
        cases.add(one("one example, pointwise", () -> convolution(3, 4, 1).build(), 1, 3, 7, 8));
        cases.add(one("one pixel", () -> convolution(5, 4, 1).build(), 3, 5, 1, 1));
        cases.add(one(
                "oblong",
                () -> new ConvolutionLayer.Builder()
                        .kernelSize(1, 3)
                        .stride(2, 1)
                        .padding(0, 1)
                        .nIn(3)
                        .nOut(4)
                        .activation(Activation.IDENTITY)
                        .build(),
                2,
                3,
                9,
                8));
        for (int kernel : new int[] {1, 3}) {
            cases.add(one(
                    "no bias " + kernel,
                    () -> convolution(3, 4, kernel).hasBias(false).build(),
                    2,
                    3,
                    7,
                    8));
            for (Activation activation : List.of(Activation.RELU, Activation.TANH, Activation.GELU)) {
                cases.add(one(
                        activation + " " + kernel,
                        () -> convolution(3, 4, kernel).activation(activation).build(),
                        2,
                        3,
                        7,
                        8));
            }
        }
        return cases.stream();
    }

    static Stream<Case> norms() {
        List<Case> cases = new ArrayList<>();
        for (boolean log : new boolean[] {false, true}) {
            for (boolean locked : new boolean[] {false, true}) {
                for (long[] shape : List.of(new long[] {4, 3, 5, 6}, new long[] {1, 3, 5, 6}, new long[] {7, 3})) {
                    cases.add(new Case(
                            "norm of rank " + shape.length + ", batch " + shape[0] + (log ? ", log" : "")
                                    + (locked ? ", locked" : ""),
                            () -> new Layer[] {
                                norm(3).useLogStd(log)
                                        .lockGammaBeta(locked)
                                        .decay(0.8)
                                        .build()
                            },
                            shape));
                    cases.add(new Case(
                            "norm and relu of rank " + shape.length + ", batch " + shape[0] + (log ? ", log" : "")
                                    + (locked ? ", locked" : ""),
                            () -> new Layer[] {
                                norm(3).useLogStd(log)
                                        .lockGammaBeta(locked)
                                        .eps(1e-3)
                                        .build(),
                                relu()
                            },
                            shape));
                }
            }
        }
        cases.add(one(
                "locked numbers",
                () -> norm(3).lockGammaBeta(true).gamma(0.7).beta(0.4).build(),
                4,
                3,
                5,
                6));
        cases.add(one(
                "ignores what DL4J ignores",
                () -> norm(3).activation(Activation.TANH).dropOut(0.5).build(),
                4,
                3,
                5,
                6));
        return cases.stream();
    }

    static Stream<Case> denses() {
        return Stream.of(
                one("dense", () -> dense(5, 4).build(), 3, 5),
                one("dense, one example", () -> dense(5, 4).build(), 1, 5),
                one("dense to one", () -> dense(5, 1).build(), 3, 5),
                one("dense from one", () -> dense(1, 4).build(), 3, 1),
                one("dense without bias", () -> dense(5, 4).hasBias(false).build(), 3, 5),
                one("dense relu", () -> dense(5, 4).activation(Activation.RELU).build(), 3, 5),
                one(
                        "dense softmax",
                        () -> dense(5, 4).activation(Activation.SOFTMAX).build(),
                        3,
                        5),
                one(
                        "dense, many",
                        () -> dense(70, 90).activation(Activation.RELU).build(),
                        33,
                        70));
    }

    static Stream<Case> networks() {
        return Stream.of(
                new Case("bottleneck", () -> bottleneck(8, 3), 2, 8, 6, 5),
                new Case(
                        "perceptron",
                        () -> new Layer[] {
                            dense(6, 9).activation(Activation.RELU).build(),
                            norm(9).build(),
                            relu(),
                            dense(9, 4).activation(Activation.SIGMOID).build()
                        },
                        5,
                        6));
    }

    /** As in ResNet-50, without the sum. */
    static Layer[] bottleneck(int wide, int narrow) {
        return new Layer[] {
            convolution(wide, narrow, 1).hasBias(false).build(),
            norm(narrow).build(),
            relu(),
            convolution(narrow, narrow, 3)
                    .convolutionMode(ConvolutionMode.Same)
                    .hasBias(false)
                    .build(),
            norm(narrow).build(),
            relu(),
            convolution(narrow, wide, 1).hasBias(false).build(),
            norm(wide).build(),
            relu()
        };
    }

    static Stream<Case> all() {
        return Stream.of(convolutions(), norms(), denses(), networks()).flatMap(s -> s);
    }

    @ParameterizedTest
    @MethodSource("all")
    void areTheLayersOfDl4j(Case c) {
        Twin twin = new Twin(DataType.FLOAT, HostChoice.OWN, c.layers.make());
        assertTrue(
                twin.network.layers().stream().noneMatch(layer -> layer instanceof StockInner),
                () -> twin.network + " run on hosts of our own");
        InnerContract.check(c.layers, HostChoice.OWN, c.input);
    }

    @Test
    void keepOnlyWhatOthersRead() {
        Twin twin = new Twin(DataType.FLOAT, HostChoice.OWN, bottleneck(8, 3));
        INDArray x = Twin.normal(DataType.FLOAT, 1, 2, 8, 6, 5);
        twin.kept.begin();
        twin.network.forward(x, x.ulike(), Twin.TRAINING, twin.kept);
        long narrow = 2 * 3 * 6 * 5;
        long wide = 2 * 8 * 6 * 5;
        // Inputs of the second and third convolution and of three norms, two numbers per channel of the norms.
        assertEquals((4 * narrow + wide + 2 * (3 + 3 + 8)) * Float.BYTES, twin.kept.bytes());
        twin.kept.clear();
    }

    @Test
    void choiceIsRespected() {
        Twin twin = new Twin(DataType.FLOAT, HostChoice.STOCK, bottleneck(8, 3));
        assertEquals(9, twin.network.layers().size());
        assertTrue(twin.network.layers().stream().allMatch(layer -> layer instanceof StockInner));
    }

    static Stream<Layer> notHosted() {
        return Stream.of(
                dense(3, 3).dropOut(new GaussianDropout(0.5)).build(),
                dense(3, 3).weightNoise(new DropConnect(0.5)).build(),
                dense(3, 3).constrainWeights(new NonNegativeConstraint()).build(),
                dense(3, 3).hasLayerNorm(true).build(),
                dense(3, 3).activation(Activation.RRELU).build(),
                norm(3).lockGammaBeta(true).gamma(2).build(),
                norm(3).constrainAllParameters(new NonNegativeConstraint()).build(),
                norm(3).dataFormat(CNN2DFormat.NHWC).build(),
                convolution(3, 3, 3).dataFormat(CNN2DFormat.NHWC).build(),
                convolution(3, 3, 3).dilation(2, 2).build(),
                new Convolution1DLayer.Builder(3).nIn(3).nOut(3).build());
    }

    @ParameterizedTest
    @MethodSource("notHosted")
    void theRestIsLeftToDl4j(Layer layer) {
        Twin twin = new Twin(DataType.FLOAT, HostChoice.OWN, layer);
        assertEquals(1, twin.network.layers().size());
        assertTrue(twin.network.layers().get(0) instanceof StockInner);
    }

    @Test
    void dilatedConvolutionsAreDl4js() {
        InnerContract.check(
                () -> new Layer[] {convolution(3, 4, 3).dilation(2, 1).build()}, HostChoice.OWN, 2, 3, 9, 8);
    }

    @Test
    void dropoutInFrontIsTheOnlyRandomness() {
        InnerContract.behaves(() -> new Layer[] {dense(5, 4).dropOut(0.5).build()}, HostChoice.OWN, 3, 5);
        Twin with = new Twin(
                DataType.DOUBLE, HostChoice.OWN, dense(40, 4).dropOut(0.5).build());
        Twin without = new Twin(DataType.DOUBLE, HostChoice.OWN, dense(40, 4).build());
        INDArray x = Nd4j.ones(DataType.DOUBLE, 1, 40);
        INDArray dy = Nd4j.ones(DataType.DOUBLE, 1, 4);
        Twin.Step step = with.inner(x, dy, Twin.TRAINING);
        // Without biases in the gradient, W's gradient is the dropped input.
        INDArray dropped =
                step.gradients().get(0).reshape(step.gradients().get(0).length());
        dropped = dropped.get(org.nd4j.linalg.indexing.NDArrayIndex.interval(0, 40))
                .reshape(1, 40);
        Compare.near(without.output(dropped, Twin.TRAINING), step.out(), Tolerances.DOUBLE_ORDER, "output");
        INDArray dx = without.inner(dropped, dy, Twin.TRAINING).dx().mul(dropped);
        Compare.near(dx, step.dx(), Tolerances.DOUBLE_ORDER, "input gradient");
        Compare.near(
                without.output(x, Twin.TRAINING.frozen()),
                with.output(x, Twin.TRAINING.frozen()),
                0,
                "no dropout in inference");
    }

    @Test
    void masksHideExamples() {
        Layer[] layers = {
            dense(5, 4).activation(Activation.TANH).build(), dense(4, 3).build()
        };
        Twin twin = new Twin(DataType.DOUBLE, HostChoice.OWN, layers);
        INDArray x = Twin.normal(DataType.DOUBLE, 1, 3, 5);
        INDArray dy = Twin.normal(DataType.DOUBLE, 2, 3, 3);
        INDArray mask = Nd4j.createFromArray(1.0, 0.0, 1.0).reshape(3, 1);
        Pass pass = Twin.TRAINING.masked(mask);
        Twin.Step step = twin.inner(x, dy, pass);
        assertEquals(0, step.out().getRow(1).amaxNumber().doubleValue());
        assertEquals(0, step.dx().getRow(1).amaxNumber().doubleValue());
        x.getRow(1).assign(9);
        Twin.Step other = twin.inner(x, dy, pass);
        for (int i = 0; i < layers.length; i++) {
            Compare.same(step.gradients().get(i), other.gradients().get(i), "gradients without the hidden example");
        }
    }

    @Test
    void errorsNameTheShapes() {
        bad(
                "\"late\" reads [mb, 3, h, w]; got [2, 4, 5, 5]",
                convolution(3, 4, 3).name("late").build(),
                2,
                4,
                5,
                5);
        bad("reaches over 3 pixels", convolution(3, 4, 3).build(), 2, 3, 2, 5);
        bad(
                "leaves 1 pixels",
                convolution(3, 4, 3)
                        .stride(2, 2)
                        .convolutionMode(ConvolutionMode.Strict)
                        .build(),
                2,
                3,
                6,
                5);
        bad("reads [mb, 5]; got [2, 5, 3]", dense(5, 4).build(), 2, 5, 3);
        bad("reads [mb, 3, ...]; got [2, 4]", norm(3).build(), 2, 4);
    }

    private static void bad(String part, Layer layer, long... input) {
        Twin twin = new Twin(DataType.FLOAT, HostChoice.OWN, layer);
        String message = assertThrows(IllegalArgumentException.class, () -> twin.network.outputShape(input))
                .getMessage();
        assertTrue(message.contains(part), message);
    }
}
