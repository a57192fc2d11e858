package org.revlayers.internal.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.revlayers.Lean;
import org.revlayers.keep.Memory;
import org.revlayers.layers.Compare;
import org.revlayers.layers.LayerNormalization;
import org.revlayers.layers.TokenPooling;
import org.revlayers.layers.TransformerBlock;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.reversible.StreamType;

/** Names: of containers that are made one conversion after another, of layers that share one, and of networks that are none yet. */
class RepeatedConversionTest {

    private static TransformerBlock block() {
        return new TransformerBlock.Builder(2).mlp(8).build();
    }

    private static MultiLayerNetwork list(InputType input, Layer... layers) {
        MultiLayerNetwork net = new MultiLayerNetwork(configuration(input, layers));
        net.init();
        return net;
    }

    private static MultiLayerConfiguration configuration(InputType input, Layer... layers) {
        return configuration(DataType.FLOAT, input, layers);
    }

    private static MultiLayerConfiguration configuration(DataType type, InputType input, Layer... layers) {
        List<Layer> all = new ArrayList<>(List.of(layers));
        all.add(new OutputLayer.Builder().nOut(3).activation(Activation.SOFTMAX).build());
        return new NeuralNetConfiguration.Builder()
                .seed(3)
                .dataType(type)
                .updater(new Adam(1e-2))
                .list(all.toArray(Layer[]::new))
                .setInputType(input)
                .build();
    }

    private static final InputType TOKENS = InputType.recurrent(8, 5, RNNFormat.NWC);

    private static DataSet tokens() {
        return new DataSet(
                Nd4j.linspace(DataType.DOUBLE, -1.0, 0.025, 80).reshape(2, 5, 8),
                Nd4j.eye(3).getRows(0, 1).castTo(DataType.DOUBLE));
    }

    private static List<String> names(MultiLayerNetwork net) {
        return Stream.of(net.getLayers())
                .map(l -> l.conf().getLayer().getLayerName())
                .toList();
    }

    private static MultiLayerNetwork twoRows() {
        return list(
                TOKENS,
                block(),
                block(),
                new LayerNormalization.Builder().build(),
                block(),
                block(),
                new TokenPooling.Builder(TokenPooling.Kind.MEAN).build());
    }

    @Test
    void chainsOfTwoConversionsHaveNamesOfTheirOwn() {
        MultiLayerNetwork one = Lean.convert(twoRows(), Memory.reversible().except("layer3", "layer4"))
                .network();
        MultiLayerNetwork two = Lean.convert(one, Memory.reversible()).network();
        List<String> names = names(two);
        assertEquals(names.size(), new HashSet<>(names).size(), names::toString);
    }

    @Test
    void sequencesOfTwoConversionsHaveNamesOfTheirOwn() {
        MultiLayerNetwork one = Lean.convert(twoRows(), Memory.razor(0.9).except("layer2", "layer3", "layer4"))
                .network();
        List<String> names = names(Lean.convert(one, Memory.razor(0.9)).network());
        assertEquals(names.size(), new HashSet<>(names).size(), names::toString);
    }

    @Test
    void layersOfOneNameKeepTheirUpdaterStates() {
        MultiLayerNetwork plain = new MultiLayerNetwork(configuration(
                DataType.DOUBLE,
                TOKENS,
                new TransformerBlock.Builder(2).mlp(8).name("block").build(),
                new TransformerBlock.Builder(2).mlp(8).name("block").build(),
                new TokenPooling.Builder(TokenPooling.Kind.MEAN).build()));
        plain.init();
        plain.fit(tokens());
        Memory same = Memory.reversible(CoefficientSchedule.constant(1, 0))
                .mode(ChainMode.CHECKPOINT)
                .streams(StreamType.DOUBLE);
        MultiLayerNetwork chains = Lean.convert(plain, same).network();
        chains.fit(tokens());
        plain.fit(tokens());
        Compare.near(plain.params(), Lean.restore(chains).params(), 1e-9, "after a step of Adam");
    }

    @Test
    void aNamelessLayerBesideOneThatHasItsName() {
        DenseLayer named = new DenseLayer.Builder().name("layer1").nOut(6).build();
        MultiLayerNetwork plain = list(
                InputType.feedForward(6),
                named,
                new DenseLayer.Builder().nOut(6).build());
        INDArray x = Nd4j.linspace(DataType.FLOAT, -1.0, 0.2, 12).reshape(2, 6);
        MultiLayerNetwork net = Lean.convert(plain, Memory.razor(0.9)).network();
        Compare.near(plain.output(x), net.output(x), 1e-6, "output");
        Compare.same(plain.output(x), Lean.restore(net).output(x), "restored");
    }

    private static ComputationGraph graph() {
        return new ComputationGraph(new NeuralNetConfiguration.Builder()
                .graphBuilder()
                .addInputs("in")
                .addLayer("d0", new DenseLayer.Builder().nOut(6).build(), "in")
                .addVertex("s0", new ElementWiseVertex(ElementWiseVertex.Op.Add), "d0", "in")
                .addLayer("d1", new DenseLayer.Builder().nOut(6).build(), "s0")
                .addVertex("s1", new ElementWiseVertex(ElementWiseVertex.Op.Add), "d1", "s0")
                .addLayer("out", new OutputLayer.Builder().nOut(3).build(), "s1")
                .setOutputs("out")
                .setInputTypes(InputType.feedForward(6))
                .build());
    }

    static Stream<Executable> onNetworksWithoutInit() {
        MultiLayerNetwork list = new MultiLayerNetwork(
                configuration(TOKENS, block(), block(), new TokenPooling.Builder(TokenPooling.Kind.MEAN).build()));
        Memory chains = Memory.reversible();
        Memory razor = Memory.razor(0.9);
        return Stream.of(
                () -> Lean.convert(list, chains),
                () -> Lean.convert(graph(), chains),
                () -> Lean.restore(list, null),
                () -> Lean.restore(graph(), null),
                () -> Lean.convert(list, razor),
                () -> Lean.convert(graph(), razor),
                () -> Lean.restore(list),
                () -> Lean.restore(graph()),
                () -> Lean.convert(list, Memory.sharedNorms()).network(),
                () -> Lean.convert(graph(), Memory.sharedNorms()).network());
    }

    @ParameterizedTest
    @MethodSource("onNetworksWithoutInit")
    void aNetworkWithoutParametersIsToldToInit(Executable conversion) {
        RuntimeException e = assertThrows(RuntimeException.class, conversion);
        assertTrue(String.valueOf(e.getMessage()).contains("init()"), e::toString);
    }
}
