package org.revlayers.internal.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.deeplearning4j.nn.conf.BackpropType;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.weightnoise.DropConnect;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.transferlearning.TransferLearning;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.Lean;
import org.revlayers.chain.ReversibleChain;
import org.revlayers.convert.Conversion;
import org.revlayers.convert.ConversionReport;
import org.revlayers.keep.Memory;
import org.revlayers.layers.LayerNormalization;
import org.revlayers.layers.MultiHeadSelfAttention;
import org.revlayers.layers.TokenPooling;
import org.revlayers.layers.TransformerMlp;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.reversible.StreamType;

/** Which structures are residual blocks, and why others are not. */
class GraphStructuresTest {

    private static final Memory PLAIN = Memory.reversible(CoefficientSchedule.constant(1, 0))
            .mode(ChainMode.STORE)
            .streams(StreamType.DOUBLE);

    private static GraphBuilder begin() {
        return ResidualGraphs.begin(ResidualGraphs.global(DataType.DOUBLE));
    }

    /** Reasons by vertex, of a graph that has a row of two blocks before what is tested. */
    private static Map<String, String> left(Memory options, Consumer<GraphBuilder> more, String end) {
        GraphBuilder g = begin();
        ResidualGraphs.v2(g, "good1", "stem_conv", 4);
        ResidualGraphs.v2(g, "good2", "good1", 4);
        ResidualGraphs.conv(g, "between", "good2", 4, 1, 1);
        more.accept(g);
        Conversion<ComputationGraph> result = Lean.convert(ResidualGraphs.finish(g, end), options);
        assertEquals("chain1", result.report().chains().get(0).name());
        return ResidualGraphs.leftOfBlocks(result.report()).stream()
                .collect(Collectors.toMap(ConversionReport.Left::name, ConversionReport.Left::reason));
    }

    private static void leaves(String reason, Consumer<GraphBuilder> more) {
        Map<String, String> left = left(
                PLAIN,
                g -> {
                    more.accept(g);
                    ResidualGraphs.add(g, "sum", "end", "between");
                },
                "sum");
        assertTrue(left.getOrDefault("sum", "nothing").contains(reason), left.toString());
    }

    private static ConvolutionLayer.Builder convolution() {
        return new ConvolutionLayer.Builder(3, 3).padding(1, 1).nOut(4);
    }

    @Test
    void saysWhyAnAdditionIsLeft() {
        leaves("a row of 1", g -> ResidualGraphs.conv(g, "end", "between", 4, 3, 1));
        leaves("\"end\" comes from network input \"image\", \"between\" from addition \"good2\"", g -> {
            ResidualGraphs.conv(g, "other", "stem_conv", 4, 3, 1);
            ResidualGraphs.conv(g, "end", "other", 4, 3, 1);
        });
        leaves("MergeVertex \"end\" on the branch from \"between\" to \"end\", which joins \"a\" and \"b\"", g -> {
            ResidualGraphs.conv(g, "a", "between", 2, 3, 1);
            ResidualGraphs.conv(g, "b", "between", 2, 3, 1);
            g.addVertex("end", new MergeVertex(), "a", "b");
        });
        leaves(
                "\"end\" has weight noise",
                g -> g.addLayer(
                        "end", convolution().weightNoise(new DropConnect(0.5)).build(), "between"));
    }

    @Test
    void leavesWhatOthersReadToo() {
        Map<String, String> left = left(
                PLAIN,
                g -> {
                    ResidualGraphs.conv(g, "a", "between", 4, 3, 1);
                    ResidualGraphs.conv(g, "b", "a", 4, 3, 1);
                    ResidualGraphs.add(g, "sum", "b", "between");
                    ResidualGraphs.add(g, "again", "sum", "a");
                },
                "again");
        assertTrue(left.get("sum").contains("\"a\" is read by others too: by addition \"again\""), left.toString());
        left = left(
                PLAIN,
                g -> g.addVertex(
                        "three", new ElementWiseVertex(ElementWiseVertex.Op.Add), "between", "between", "between"),
                "three");
        assertTrue(left.get("three").contains("3 inputs"), left.toString());
        left = left(PLAIN, g -> ResidualGraphs.add(g, "twice", "between", "between"), "twice");
        assertTrue(left.containsKey("twice"), left.toString());
    }

    @Test
    void otherElementWiseVerticesAreNotLookedAt() {
        Map<String, String> left = left(
                PLAIN,
                g -> {
                    ResidualGraphs.conv(g, "a", "between", 4, 3, 1);
                    g.addVertex("mean", new ElementWiseVertex(ElementWiseVertex.Op.Average), "a", "between");
                },
                "mean");
        assertEquals(Map.of(), left);
    }

    @Test
    void leavesWhatIsExceptedAndTakesSingleBlocksIfAsked() {
        ComputationGraph net = ResidualGraphs.v1(ResidualGraphs.global(DataType.DOUBLE));
        Memory options = Memory.reversible(CoefficientSchedule.constant(1, 0))
                .mode(ChainMode.STORE)
                .except("s1_b_bn1", "s2_b_out");
        String message = assertThrows(IllegalArgumentException.class, () -> Lean.convert(net, options))
                .getMessage();
        assertTrue(message.contains("s1_b_add=\"s1_b_bn1\" is excepted"), message);
        ConversionReport report = Lean.convert(net, options.atLeast(1)).report();
        assertEquals(
                List.of("s1_c_add", "s2_b_add", "s2_c_add"),
                report.chains().stream()
                        .map(c -> c.members().get(c.members().size() - 1))
                        .toList());
    }

    /** Residual MLP: dense layers, an activation function behind the addition that is not ReLU. */
    private static String mlp(GraphBuilder g, String name, String from) {
        g.addLayer(
                name + "1",
                new DenseLayer.Builder().nOut(5).activation(Activation.TANH).build(),
                from);
        g.addLayer(
                name + "2",
                new DenseLayer.Builder().nOut(4).activation(Activation.IDENTITY).build(),
                name + "1");
        ResidualGraphs.add(g, name + "sum", from, name + "2");
        g.addLayer(name, new ActivationLayer(Activation.SOFTPLUS), name + "sum");
        return name;
    }

    private static GraphBuilder head(GraphBuilder g, String name, String from) {
        return g.addLayer(
                name,
                new OutputLayer.Builder()
                        .nOut(ResidualGraphs.CLASSES)
                        .activation(Activation.SOFTMAX)
                        .build(),
                from);
    }

    @Test
    void severalInputsAndOutputs() {
        GraphBuilder g = ResidualGraphs.global(DataType.DOUBLE)
                .graphBuilder()
                .addInputs("image", "facts")
                .setInputTypes(
                        InputType.convolutional(ResidualGraphs.SIDE, ResidualGraphs.SIDE, 2), InputType.feedForward(4));
        ResidualGraphs.conv(g, "stem", "image", 4, 3, 1);
        String at = ResidualGraphs.v2(g, "one", "stem", 4);
        at = ResidualGraphs.v2(g, "two", at, 4);
        g.addLayer("pool", new GlobalPoolingLayer(PoolingType.AVG), at);
        mlp(g, "factsA", "facts");
        mlp(g, "factsB", "factsA");
        g.addVertex("both", new MergeVertex(), "pool", "factsB");
        head(g, "first", "both");
        head(g, "second", "factsB");
        ComputationGraph net =
                new ComputationGraph(g.setOutputs("first", "second").build());
        net.init();
        Conversion<ComputationGraph> result = Lean.convert(net, PLAIN);
        ComputationGraph converted = result.network();
        assertEquals(List.of("first", "second"), converted.getConfiguration().getNetworkOutputs());
        assertEquals(
                List.of("chain1", "chain2"),
                result.report().chains().stream()
                        .map(ConversionReport.Unit::name)
                        .toList());
        INDArray image = ResidualGraphs.data(DataType.DOUBLE, 4).getFeatures();
        INDArray facts = Nd4j.linspace(DataType.DOUBLE, -1.3, 1.7, 16).reshape(4, 4);
        INDArray labels = ResidualGraphs.data(DataType.DOUBLE, 4).getLabels();
        MultiDataSet data = new MultiDataSet(new INDArray[] {image, facts}, new INDArray[] {labels, labels});
        for (int i = 0; i < 3; i++) {
            INDArray[] expected = net.output(image, facts);
            INDArray[] actual = converted.output(image, facts);
            for (int k = 0; k < 2; k++) {
                assertEquals(0, expected[k].sub(actual[k]).amaxNumber().doubleValue(), 1e-9);
            }
            net.fit(data);
            converted.fit(data);
        }
    }

    @Test
    void aChainThatIsAnOutputKeepsItsName() {
        GraphBuilder g = begin();
        String at = ResidualGraphs.v1(g, "a", "stem_conv", 4, 1, false);
        at = ResidualGraphs.v1(g, "b", at, 4, 1, false);
        ComputationGraph net = new ComputationGraph(g.setOutputs(at).build());
        net.init();
        INDArray x = ResidualGraphs.data(DataType.DOUBLE, 2).getFeatures();
        ComputationGraph converted = Lean.convert(net, PLAIN).network();
        assertEquals(List.of("b_out"), converted.getConfiguration().getNetworkOutputs());
        assertEquals(
                0,
                net.outputSingle(x).sub(converted.outputSingle(x)).amaxNumber().doubleValue(),
                1e-9);
        ComputationGraph back = Lean.restore(converted);
        assertEquals(net.outputSingle(x), back.outputSingle(x));
        assertEquals(
                net.getConfiguration().getVertices(), back.getConfiguration().getVertices());
    }

    @Test
    void anInnerBlockThatIsAnOutputEndsItsRow() {
        GraphBuilder g = begin();
        String at = ResidualGraphs.v1(g, "a", "stem_conv", 4, 1, false);
        at = ResidualGraphs.v1(g, "b", at, 4, 1, false);
        at = ResidualGraphs.v1(g, "c", at, 4, 1, false);
        at = ResidualGraphs.v1(g, "d", at, 4, 1, false);
        ComputationGraph net = new ComputationGraph(g.setOutputs("b_out", at).build());
        net.init();
        ComputationGraph converted = Lean.convert(net, PLAIN).network();
        assertEquals(List.of("b_out", "d_out"), converted.getConfiguration().getNetworkOutputs());
        INDArray x = ResidualGraphs.data(DataType.DOUBLE, 2).getFeatures();
        for (int k = 0; k < 2; k++) {
            assertEquals(
                    0, net.output(x)[k].sub(converted.output(x)[k]).amaxNumber().doubleValue(), 1e-9);
        }
    }

    @Test
    void channelsLast() {
        GraphBuilder g = ResidualGraphs.global(DataType.DOUBLE)
                .graphBuilder()
                .addInputs("image")
                .setInputTypes(InputType.convolutional(ResidualGraphs.SIDE, ResidualGraphs.SIDE, 2, CNN2DFormat.NHWC));
        ResidualGraphs.conv(g, "stem", "image", 4, 3, 1);
        String at = ResidualGraphs.v1(g, "a", "stem", 4, 1, false);
        at = ResidualGraphs.v1(g, "b", at, 4, 1, false);
        ComputationGraph net = ResidualGraphs.finish(g, at);
        INDArray x = ResidualGraphs.data(DataType.DOUBLE, 2)
                .getFeatures()
                .permute(0, 2, 3, 1)
                .dup('c');
        ComputationGraph converted = Lean.convert(net, PLAIN).network();
        assertEquals(
                0,
                net.outputSingle(x).sub(converted.outputSingle(x)).amaxNumber().doubleValue(),
                1e-9);
    }

    @Test
    void postNormBlocksOfTokenLayers() {
        GraphBuilder g = ResidualGraphs.global(DataType.DOUBLE)
                .graphBuilder()
                .addInputs("tokens")
                .setInputTypes(InputType.recurrent(8, 5, RNNFormat.NWC));
        String at = "tokens";
        for (int i = 0; i < 2; i++) {
            g.addLayer("attention" + i, new MultiHeadSelfAttention.Builder(2).build(), at);
            ResidualGraphs.add(g, "attended" + i, "attention" + i, at);
            g.addLayer("norm" + i, new LayerNormalization.Builder().build(), "attended" + i);
            g.addLayer("mlp" + i, new TransformerMlp.Builder(16).build(), "norm" + i);
            ResidualGraphs.add(g, "sum" + i, "mlp" + i, "norm" + i);
            g.addLayer("out" + i, new LayerNormalization.Builder().build(), "sum" + i);
            at = "out" + i;
        }
        g.addLayer("pool", new TokenPooling.Builder(TokenPooling.Kind.MEAN).build(), at);
        ComputationGraph net = new ComputationGraph(
                head(g, "output", "pool").setOutputs("output").build());
        net.init();
        INDArray x = Nd4j.linspace(DataType.DOUBLE, -1.3, 1.9, 80).reshape(2, 5, 8);
        Conversion<ComputationGraph> result = Lean.convert(net, PLAIN);
        assertEquals(4, result.report().chains().get(0).subBlocks());
        assertEquals(
                0,
                net.outputSingle(x)
                        .sub(result.network().outputSingle(x))
                        .amaxNumber()
                        .doubleValue(),
                1e-9);
        assertEquals(net.params(), Lean.restore(result.network()).params());
    }

    @Test
    void namesThatLookAlikeStayApart() {
        GraphBuilder g = begin();
        String at = ResidualGraphs.v2(g, "a.b", "stem_conv", 4);
        at = ResidualGraphs.v2(g, "a_b", at, 4);
        at = ResidualGraphs.v2(g, "exit", at, 4);
        ResidualGraphs.conv(g, "chain1", at, 4, 1, 1);
        ComputationGraph net = ResidualGraphs.finish(g, "chain1");
        ComputationGraph converted = Lean.convert(net, PLAIN).network();
        ReversibleChain chain =
                (ReversibleChain) converted.getLayer("chain2").conf().getLayer();
        assertEquals(
                List.of("a-b", "a-b-2", "exit-2"),
                chain.getSubBlocks().stream().map(b -> b.getName()).toList());
        assertEquals(net.params(), Lean.restore(converted).params());
    }

    @Test
    void aFrozenFeatureExtractorIsLeft() {
        ComputationGraph net = ResidualGraphs.v1(ResidualGraphs.global(DataType.DOUBLE));
        ComputationGraph frozen = new TransferLearning.GraphBuilder(net)
                .setFeatureExtractor("s1_c_out")
                .build();
        ConversionReport report = Lean.convert(frozen, PLAIN).report();
        assertEquals(1, report.chains().size());
        assertTrue(
                report.left()
                        .contains(new ConversionReport.Left("s1_b_add", "frozen: DL4J does not go back through it")),
                report.toString());
    }

    @Test
    void saysWhatIsWrongBeforeAnythingIsBuilt() {
        ComputationGraph plain = ResidualGraphs.finish(begin(), "stem_conv");
        String message = assertThrows(IllegalArgumentException.class, () -> Lean.convert(plain, PLAIN))
                .getMessage();
        assertTrue(message.contains("no vertex adds two inputs"), message);
        assertThrows(IllegalArgumentException.class, () -> Lean.restore(plain, null));
        ComputationGraph net = ResidualGraphs.v1(ResidualGraphs.global(DataType.DOUBLE));
        net.getConfiguration().setBackpropType(BackpropType.TruncatedBPTT);
        assertTrue(assertThrows(IllegalArgumentException.class, () -> Lean.convert(net, PLAIN))
                .getMessage()
                .contains("truncated"));
    }
}
