package org.revlayers.internal.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.Map;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.LossFunctions;
import org.revlayers.Lean;
import org.revlayers.keep.ActivationMemory;
import org.revlayers.keep.Memory;
import org.revlayers.layers.LayerNormalization;
import org.revlayers.layers.MemorySharingLayerNorm;
import org.revlayers.layers.MultiHeadSelfAttention;
import org.revlayers.layers.TokenPooling;
import org.revlayers.layers.TransformerBlock;
import org.revlayers.layers.TransformerMlp;
import org.revlayers.models.TextEncoder;
import org.revlayers.models.VisionTransformer;

class SharedNormsTest {

    /** methods.md 2.8 item 6. */
    private static double tolerance(DataType type) {
        return type == DataType.DOUBLE ? 1e-10 : 1e-4;
    }

    /** Random gammas, among them zeros and negative values, and random betas, as training leaves them. */
    static void disturb(Map<String, INDArray> params) {
        params.forEach((name, value) -> {
            if (name.endsWith("Gamma") || name.endsWith("Beta") || name.endsWith("B") || name.endsWith("b")) {
                value.assign(Nd4j.randn(value.dataType(), value.shape()));
            }
            if (name.endsWith("Gamma")) {
                value.putScalar(0, 0).putScalar(1, -2);
            }
        });
    }

    private static VisionTransformer vit(DataType type, TokenPooling.Kind pooling) {
        return VisionTransformer.builder()
                .features(8)
                .heads(2)
                .depth(2)
                .patch(4)
                .height(8)
                .width(12)
                .classes(3)
                .pooling(pooling)
                .dataType(type)
                .build();
    }

    static void assertClose(INDArray expected, INDArray actual, double tolerance) {
        double scale = expected.amaxNumber().doubleValue();
        assertEquals(0, actual.sub(expected).amaxNumber().doubleValue() / scale, tolerance);
    }

    @ParameterizedTest
    @CsvSource({"DOUBLE,CLASS_TOKEN", "DOUBLE,MEAN", "FLOAT,CLASS_TOKEN"})
    void visionTransformerComputesTheSame(DataType type, TokenPooling.Kind pooling) {
        MultiLayerNetwork plain = vit(type, pooling).init();
        for (org.deeplearning4j.nn.api.Layer layer : plain.getLayers()) {
            disturb(layer.paramTable());
        }
        INDArray before = plain.params().dup();
        INDArray image = Nd4j.randn(type, 2, 3, 8, 12);
        INDArray expected = plain.output(image);
        for (Memory options : new Memory[] {Memory.sharedNorms(), Memory.approx()}) {
            MultiLayerNetwork ms = Lean.convert(plain, options).network();
            assertClose(expected, ms.output(image), tolerance(type));
            assertTrue(ms.getLayer("norm").conf().getLayer() instanceof MemorySharingLayerNorm);
            assertEquals(0, ms.getLayer("norm").numParams());
            TransformerBlock block =
                    (TransformerBlock) ms.getLayer("block1").conf().getLayer();
            assertTrue(block.isMemorySharingNorm());
            assertEquals(
                    options.kind() == Memory.Kind.SHARED_NORMS ? ActivationMemory.DENSE : ActivationMemory.TWO_BIT,
                    block.getActivationMemory());
            ms.fit(new DataSet(image, Nd4j.eye(3).castTo(type).getRows(0, 2)));
        }
        assertEquals(before, plain.params(), "the plain network is left as it was");
    }

    @Test
    void graphComputesTheSame() {
        ComputationGraph plain =
                vit(DataType.DOUBLE, TokenPooling.Kind.CLASS_TOKEN).initGraph();
        for (org.deeplearning4j.nn.api.Layer layer : plain.getLayers()) {
            disturb(layer.paramTable());
        }
        INDArray image = Nd4j.randn(DataType.DOUBLE, 2, 3, 8, 12);
        ComputationGraph ms = Lean.convert(plain, Memory.sharedNorms()).network();
        assertClose(plain.outputSingle(image), ms.outputSingle(image), 1e-10);
    }

    @ParameterizedTest
    @CsvSource({"DOUBLE,3", "DOUBLE,0", "FLOAT,3"})
    void textEncoderComputesTheSame(DataType type, int classes) {
        MultiLayerNetwork plain = encoder(type, classes, Memory.store()).init();
        for (org.deeplearning4j.nn.api.Layer layer : plain.getLayers()) {
            disturb(layer.paramTable());
        }
        INDArray ids = Nd4j.createFromArray(new double[][] {{3, 1, 4, 1}, {5, 9, 0, 0}})
                .castTo(type);
        INDArray mask = Nd4j.createFromArray(new double[][] {{1, 1, 1, 1}, {1, 1, 0, 0}})
                .castTo(type);
        INDArray expected = plain.output(ids, false, mask, null);
        for (Memory options : new Memory[] {Memory.sharedNorms(), Memory.approx()}) {
            MultiLayerNetwork ms = Lean.convert(plain, options).network();
            assertClose(expected, ms.output(ids, false, mask, null), tolerance(type));
        }
        MultiLayerNetwork ms = Lean.convert(plain, Memory.approx()).network();
        assertEquals(
                encoder(type, classes, Memory.approx()).conf().getConfs().stream()
                        .map(c -> c.getLayer().toString())
                        .toList(),
                ms.getLayerWiseConfigurations().getConfs().stream()
                        .map(c -> c.getLayer().toString())
                        .toList(),
                "the builder and the conversion give the same layers");
    }

    private static TextEncoder encoder(DataType type, int classes, Memory memory) {
        return TextEncoder.builder()
                .vocabulary(10)
                .positions(6)
                .tokens(4)
                .features(8)
                .heads(2)
                .mlp(12)
                .depth(3)
                .classes(classes)
                .dataType(type)
                .memory(memory)
                .build();
    }

    /** A converted network learns as the plain one would: gradients agree where they mean the same. */
    @Test
    void gradientsOfTheUnmergedParametersAgree() {
        MultiLayerNetwork plain = encoder(DataType.DOUBLE, 3, Memory.store()).init();
        for (org.deeplearning4j.nn.api.Layer layer : plain.getLayers()) {
            disturb(layer.paramTable());
        }
        MultiLayerNetwork ms = Lean.convert(plain, Memory.sharedNorms()).network();
        DataSet batch = new DataSet(
                Nd4j.createFromArray(new double[][] {{3, 1, 4, 1}, {5, 9, 0, 0}}),
                Nd4j.createFromArray(new double[][] {{0, 1, 0}, {0, 0, 1}}),
                Nd4j.createFromArray(new double[][] {{1, 1, 1, 1}, {1, 1, 0, 0}}),
                null);
        Map<String, INDArray> expected = gradients(plain, batch);
        Map<String, INDArray> actual = gradients(ms, batch);
        for (String name : new String[] {"0_word", "0_position", "2_projW", "2_fc2W", "3_projW", "4_fc2W", "6_W"}) {
            assertClose(expected.get(name), actual.get(name), 1e-9);
        }
    }

    private static Map<String, INDArray> gradients(MultiLayerNetwork net, DataSet batch) {
        net.setInput(batch.getFeatures());
        net.setLabels(batch.getLabels());
        net.setLayerMaskArrays(batch.getFeaturesMaskArray(), null);
        net.computeGradientAndScore();
        Map<String, INDArray> gradients = new HashMap<>();
        net.gradient().gradientForVariable().forEach((name, value) -> gradients.put(name, value.dup()));
        return gradients;
    }

    private static MultiLayerNetwork tokens(Layer... layers) {
        NeuralNetConfiguration.ListBuilder list = new NeuralNetConfiguration.Builder()
                .dataType(DataType.DOUBLE)
                .seed(5)
                .list();
        for (Layer layer : layers) {
            list.layer(layer);
        }
        MultiLayerNetwork net = new MultiLayerNetwork(
                list.setInputType(InputType.recurrent(4, 3, RNNFormat.NWC)).build());
        net.init();
        for (org.deeplearning4j.nn.api.Layer layer : net.getLayers()) {
            disturb(layer.paramTable());
        }
        return net;
    }

    private static Layer norm(String name) {
        return new LayerNormalization.Builder().name(name).build();
    }

    private static Layer pooling() {
        return new TokenPooling.Builder(TokenPooling.Kind.MEAN).build();
    }

    private static Layer output() {
        return new OutputLayer.Builder(LossFunctions.LossFunction.MCXENT)
                .nOut(3)
                .activation(Activation.SOFTMAX)
                .build();
    }

    @Test
    void everyLinearReaderTakesTheAffine() {
        MultiLayerNetwork plain = tokens(
                norm("n1"),
                new MultiHeadSelfAttention.Builder(2).nOut(4).build(),
                norm("n2"),
                new TransformerMlp.Builder(6).nOut(4).build(),
                pooling(),
                norm("n3"),
                new DenseLayer.Builder().nOut(5).activation(Activation.TANH).build(),
                norm("n4"),
                output());
        INDArray x = Nd4j.randn(DataType.DOUBLE, 2, 3, 4);
        assertClose(
                plain.output(x),
                Lean.convert(plain, Memory.sharedNorms()).network().output(x),
                1e-10);
    }

    @Test
    void whatCannotBeConvertedIsSaid() {
        MultiLayerNetwork none = tokens(pooling(), output());
        String message = assertThrows(IllegalArgumentException.class, () -> Lean.convert(none, Memory.sharedNorms())
                        .network())
                .getMessage();
        assertTrue(message.contains("nothing is left to convert"), message);

        MultiLayerNetwork wrong = tokens(
                norm("first"), new TransformerBlock.Builder(2).name("block").build(), pooling(), output());
        message = assertThrows(IllegalArgumentException.class, () -> Lean.convert(wrong, Memory.sharedNorms())
                        .network())
                .getMessage();
        assertTrue(message.contains("\"first\"") && message.contains("\"block\""), message);
        MultiLayerNetwork ms =
                Lean.convert(wrong, Memory.sharedNorms().except("first")).network();
        INDArray x = Nd4j.randn(DataType.DOUBLE, 2, 3, 4);
        assertClose(wrong.output(x), ms.output(x), 1e-10);
        assertFalse(ms.getLayer(0).paramTable().isEmpty());
    }
}
