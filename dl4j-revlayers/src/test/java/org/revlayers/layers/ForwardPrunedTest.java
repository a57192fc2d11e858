package org.revlayers.layers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.LossFunctions;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.revlayers.container.RazorSequence;
import org.revlayers.container.ResidualUnit;
import org.revlayers.internal.keep.Thinning;
import org.revlayers.internal.keep.TokenRazor;
import org.revlayers.keep.Memory;
import org.revlayers.keep.RazorFill;
import org.revlayers.keep.RazorValues;

/** The ablation in which linear layers compute with x̂ in forward, too. */
class ForwardPrunedTest {

    private static final int BATCH = 3;
    private static final String BLOCKS = "org.revlayers.layers.ThinnedBlockTest#exactBlocks";

    private static MultiLayerNetwork block(ThinnedBlockTest.Kind kind, Thinning thinning, DataType type) {
        TokenRazor razor = thinning == null ? null : new TokenRazor(thinning, null, false);
        return LayerCase.tokens("block", () -> kind.builder().razor(razor).build())
                .net(type, o -> {});
    }

    private static DataSet data(ThinnedBlockTest.Kind kind, DataType type) {
        return LayerCase.tokens("block", () -> kind.builder().build()).data(type, BATCH, 1);
    }

    private static INDArray gradient(MultiLayerNetwork net, DataSet data) {
        net.setInput(data.getFeatures());
        net.setLabels(data.getLabels());
        net.computeGradientAndScore();
        return net.gradient().gradient();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource(BLOCKS)
    void changesTheForwardOfTrainingAlone(String name, ThinnedBlockTest.Kind kind) {
        DataSet data = data(kind, DataType.FLOAT);
        MultiLayerNetwork razor = block(kind, new Thinning(0.9, RazorValues.FP16), DataType.FLOAT);
        MultiLayerNetwork pruned =
                block(kind, new Thinning(0.9, RazorValues.FP16, RazorFill.MEAN, true), DataType.FLOAT);
        assertArrayEquals(
                razor.output(data.getFeatures()).data().asFloat(),
                pruned.output(data.getFeatures()).data().asFloat(),
                "inference");
        gradient(razor, data);
        gradient(pruned, data);
        assertNotEquals(razor.score(), pruned.score(), "loss in training");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource(BLOCKS)
    void withNothingDroppedIsTheDenseBlock(String name, ThinnedBlockTest.Kind kind) {
        DataSet data = data(kind, DataType.DOUBLE);
        MultiLayerNetwork dense = block(kind, null, DataType.DOUBLE);
        MultiLayerNetwork pruned =
                block(kind, new Thinning(0, RazorValues.FULL, RazorFill.ZERO, true), DataType.DOUBLE);
        INDArray expected = gradient(dense, data);
        assertTrue(expected.equalsWithEps(gradient(pruned, data), 1e-12), "gradient");
        assertEquals(dense.score(), pruned.score(), 1e-12);
    }

    /** y = x + x̂·W + b: the path around stays as it is. */
    @Test
    void aUnitAddsItsInputAsItIs() {
        int size = 8;
        DenseLayer first = new DenseLayer.Builder()
                .name("first")
                .nOut(size)
                .activation(Activation.IDENTITY)
                .build();
        DenseLayer inner = new DenseLayer.Builder()
                .name("inner")
                .nOut(size)
                .activation(Activation.IDENTITY)
                .build();
        Memory thinning =
                Memory.razor(0.5).values(RazorValues.FULL).fill(RazorFill.ZERO).forward(true);
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .seed(5)
                .list()
                .layer(new RazorSequence.Builder()
                        .name("razor")
                        .layers(
                                first,
                                new ResidualUnit.Builder()
                                        .name("unit")
                                        .main(inner)
                                        .build())
                        .memory(thinning)
                        .build())
                .layer(new LossLayer.Builder(LossFunctions.LossFunction.MSE)
                        .activation(Activation.IDENTITY)
                        .build())
                .setInputType(InputType.feedForward(size))
                .build());
        net.init();
        INDArray in = Nd4j.rand(DataType.FLOAT, BATCH, size);
        INDArray labels = Nd4j.zeros(BATCH, size);
        gradient(net, new DataSet(in, labels));

        INDArray x = in.mmul(parameter(net, "first", "W"));
        INDArray pruned = x.dup();
        for (int b = 0; b < BATCH; b++) {
            double[] sorted = Nd4j.sort(Transforms.abs(x.getRow(b).dup()), true).toDoubleVector();
            double threshold = sorted[size / 2 - 1]; // the k-th smallest, k = 4 of 8
            for (int i = 0; i < size; i++) {
                if (Math.abs(x.getDouble(b, i)) < threshold) {
                    pruned.putScalar(b, i, 0);
                }
            }
        }
        INDArray y = x.add(pruned.mmul(parameter(net, "inner", "W")));
        assertEquals(y.mul(y).meanNumber().doubleValue(), net.score(), 1e-6);
    }

    private static INDArray parameter(MultiLayerNetwork net, String layer, String name) {
        return net.paramTable().entrySet().stream()
                .filter(e -> e.getKey().contains(layer) && e.getKey().endsWith(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError(net.paramTable().keySet()))
                .getValue();
    }
}
