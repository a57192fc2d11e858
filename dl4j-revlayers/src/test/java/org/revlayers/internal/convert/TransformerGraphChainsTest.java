package org.revlayers.internal.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.learning.regularization.L2Regularization;
import org.revlayers.Lean;
import org.revlayers.chain.ChainHost;
import org.revlayers.chain.ReversibleChain;
import org.revlayers.convert.Conversion;
import org.revlayers.convert.ConversionReport;
import org.revlayers.convert.Sample;
import org.revlayers.keep.Memory;
import org.revlayers.layers.Compare;
import org.revlayers.layers.TransformerBlock;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.reversible.StreamType;

/** Transformer blocks that are vertices of a graph as chains: same function at (1, 0), same parameters, and back. */
class TransformerGraphChainsTest {

    private static final Memory DEFAULTS = Memory.reversible();
    private static final List<String> BLOCKS = List.of("block_0", "block_1", "block_2");

    private static final Memory PLAIN = Memory.reversible(CoefficientSchedule.constant(1, 0))
            .mode(ChainMode.CHECKPOINT)
            .streams(StreamType.DOUBLE);

    private static ComputationGraph net(TransformerChainsTest.Kind kind, DataType type) {
        return trained(TransformerGraphs.row(type, kind::block), type, 0);
    }

    private static ComputationGraph net(DataType type) {
        return net(TransformerChainsTest.Kind.PRE, type);
    }

    private static ComputationGraph trained(ComputationGraph net, DataType type, int hidden) {
        for (int i = 0; i < 3; i++) {
            net.fit(TransformerGraphs.data(type, 4, hidden));
        }
        return net;
    }

    private static void same(ComputationGraph a, ComputationGraph b) {
        assertEquals(a.paramTable().keySet(), b.paramTable().keySet());
        assertEquals(a.getConfiguration().getVertices(), b.getConfiguration().getVertices());
        assertEquals(
                a.getConfiguration().getVertexInputs(), b.getConfiguration().getVertexInputs());
        Compare.same(a.params(), b.params(), "parameters");
        Compare.same(a.getUpdater().getStateViewArray(), b.getUpdater().getStateViewArray(), "updater");
    }

    @ParameterizedTest
    @EnumSource(TransformerChainsTest.Kind.class)
    void computesTheSameAtOneAndZero(TransformerChainsTest.Kind kind) {
        ComputationGraph net = net(kind, DataType.DOUBLE);
        INDArray[] sample = {TransformerGraphs.data(DataType.DOUBLE, 4, 0).getFeatures()};
        ConversionReport report = Lean.convert(net, DEFAULTS, Sample.of(sample)).report();
        assertEquals(List.of(new ConversionReport.Unit("chain", "chain1", BLOCKS, 6)), report.chains());
        assertEquals(List.of(), ResidualGraphs.leftOfBlocks(report));
        assertEquals(0, report.comparison().plain(), 1e-13, report.toString());
        assertTrue(report.comparison().start() > 1e-6, "1/8 of the state before must show: " + report);
        assertTrue(report.comparison().keptAfter() < report.comparison().keptBefore(), report.toString());
    }

    @ParameterizedTest
    @EnumSource(TransformerChainsTest.Kind.class)
    void comesBackWithTheSameBits(TransformerChainsTest.Kind kind) {
        ComputationGraph net = net(kind, DataType.FLOAT);
        ComputationGraph back = Lean.restore(Lean.convert(net, DEFAULTS).network());
        same(net, back);
        if (kind != TransformerChainsTest.Kind.DROP_PATH) {
            trained(net, DataType.FLOAT, 0);
            trained(back, DataType.FLOAT, 0);
            same(net, back);
        }
    }

    @ParameterizedTest
    @EnumSource(TransformerChainsTest.Kind.class)
    void trainsAlikeInAllModes(TransformerChainsTest.Kind kind) {
        ComputationGraph net = net(kind, DataType.FLOAT);
        INDArray expected = null;
        for (ChainMode mode : ChainMode.values()) {
            ComputationGraph converted =
                    trained(Lean.convert(net, DEFAULTS.mode(mode)).network(), DataType.FLOAT, 0);
            if (expected == null) {
                expected = converted.params();
                assertEquals(3, ((ChainHost) converted.getLayer("chain1")).verifiedReconstructions());
            }
            Compare.same(expected, converted.params(), mode.toString());
        }
    }

    /** The masked tokens' values are changed: nothing may depend on them. */
    @Test
    void masksReachTheChain() {
        ComputationGraph net = trained(
                TransformerGraphs.row(DataType.DOUBLE, TransformerChainsTest.Kind.PRE::block), DataType.DOUBLE, 2);
        ComputationGraph plain = Lean.convert(net, PLAIN).network();
        ComputationGraph chain = Lean.convert(net, DEFAULTS).network();
        DataSet data = TransformerGraphs.data(DataType.DOUBLE, 4, 2);
        INDArray expected = masked(net, data);
        Compare.near(expected, masked(plain, data), 1e-13, "output");
        Compare.different(expected, net.outputSingle(data.getFeatures()), "the mask does something");
        INDArray before = masked(chain, data);
        data.getFeatures()
                .get(NDArrayIndex.all(), NDArrayIndex.interval(TransformerGraphs.TOKENS - 2, TransformerGraphs.TOKENS))
                .muli(3);
        Compare.near(before, masked(chain, data), 1e-13, "hidden tokens");
        trained(net, DataType.DOUBLE, 2);
        trained(plain, DataType.DOUBLE, 2);
        Compare.near(net.params(), Lean.restore(plain).params(), 1e-9, "parameters");
    }

    private static INDArray masked(ComputationGraph net, DataSet data) {
        return net.output(false, new INDArray[] {data.getFeatures()}, new INDArray[] {data.getFeaturesMaskArray()})[0]
                .dup();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void convolutionsAndTransformersInOneGraph(boolean stem) {
        ComputationGraph net = TransformerGraphs.mixed(DataType.DOUBLE);
        DataSet data = ResidualGraphs.data(DataType.DOUBLE, 4);
        net.fit(data);
        Conversion<ComputationGraph> result =
                Lean.convert(net, PLAIN.stem(stem).otherwise(Memory.checkpoint()), Sample.of(data.getFeatures()));
        List<String> last = new ArrayList<>(BLOCKS);
        if (stem) {
            last.add(0, "patches");
        }
        assertEquals(2, result.report().chains().size());
        assertEquals(2, result.report().chains().get(0).subBlocks());
        assertEquals(
                new ConversionReport.Unit("chain", "chain2", last, 6),
                result.report().chains().get(1));
        assertEquals(0, result.report().comparison().plain(), 1e-12);
        ComputationGraph converted = result.network();
        net.fit(data);
        converted.fit(data);
        ComputationGraph back = Lean.restore(converted);
        assertEquals(
                net.getConfiguration().getVertices(), back.getConfiguration().getVertices());
        net.paramTable().forEach((name, value) -> Compare.near(value, back.getParam(name), 1e-9, name));
        Compare.near(net.getUpdater().getStateViewArray(), back.getUpdater().getStateViewArray(), 1e-9, "updater");
    }

    @Test
    void aBlockThatOthersReadTooEndsItsRow() {
        GraphBuilder g = TransformerGraphs.begin(DataType.FLOAT);
        TransformerGraphs.blocks(g, "tokens", TransformerChainsTest.Kind.PRE::block);
        g.addVertex("both", new ElementWiseVertex(ElementWiseVertex.Op.Product), "block_1", "block_2");
        ComputationGraph net = TransformerGraphs.finish(g, "both");
        Conversion<ComputationGraph> result = Lean.convert(net, DEFAULTS);
        assertEquals(
                List.of(new ConversionReport.Unit("chain", "chain1", BLOCKS.subList(0, 2), 4)),
                result.report().chains());
        assertEquals(
                List.of(new ConversionReport.Left("block_2", "its row has fewer than 2 blocks")),
                ResidualGraphs.leftOfBlocks(result.report()));
        same(net, Lean.restore(result.network()));
    }

    @Test
    void leavesWhatIsExceptedAndSaysWhy() {
        ComputationGraph net = net(DataType.FLOAT);
        ConversionReport report = Lean.convert(net, DEFAULTS.except("block_0")).report();
        assertEquals(BLOCKS.subList(1, 3), report.chains().get(0).members());
        assertEquals(List.of(new ConversionReport.Left("block_0", "excepted")), ResidualGraphs.leftOfBlocks(report));
        Memory none = DEFAULTS.except("block_1");
        String message = assertThrows(IllegalArgumentException.class, () -> Lean.convert(net, none))
                .getMessage();
        assertTrue(message.contains("block_1=excepted") && message.contains("block_2=its row"), message);
    }

    @Test
    void learningRatesReachTheBlocksAndComeBack() {
        ComputationGraph net = Lean.convert(net(DataType.FLOAT), DEFAULTS).network();
        net.setLearningRate(0); // ND4J takes it for a very small one
        INDArray before = net.params().dup();
        trained(net, DataType.FLOAT, 0);
        Compare.near(before, net.params(), 1e-6, "parameters");
        net.setLearningRate(0.25);
        ComputationGraph back = Lean.restore(net);
        for (String name : BLOCKS) {
            BaseLayer block = (BaseLayer) back.getLayer(name).conf().getLayer();
            assertEquals(0.25, block.getIUpdater().getLearningRate(0, 0), name);
        }
    }

    /** A chain has one updater only if all its blocks have the same. */
    @Test
    void eachBlockKeepsItsUpdaterAndRegularisation() {
        ComputationGraph net = TransformerGraphs.row(DataType.DOUBLE, i -> {
            TransformerBlock block = TransformerChainsTest.Kind.PRE.block(i);
            if (i == 0) {
                block.setIUpdater(new Sgd(0.05));
                block.setBiasUpdater(new Sgd(0.01));
                block.setRegularization(List.of(new L2Regularization(0.1)));
            }
            return block;
        });
        ComputationGraph converted = Lean.convert(net, PLAIN).network();
        trained(net, DataType.DOUBLE, 0);
        trained(converted, DataType.DOUBLE, 0);
        ComputationGraph back = Lean.restore(converted);
        assertEquals(
                net.getConfiguration().getVertices(), back.getConfiguration().getVertices());
        net.paramTable().forEach((name, value) -> Compare.near(value, back.getParam(name), 1e-9, name));
    }

    @Test
    void modelFiles(@TempDir Path folder) throws Exception {
        ComputationGraph converted = Lean.convert(net(DataType.FLOAT), DEFAULTS).network();
        trained(converted, DataType.FLOAT, 0);
        Path file = folder.resolve("model.zip");
        ModelSerializer.writeModel(converted, file.toFile(), true);
        ComputationGraph loaded = ModelSerializer.restoreComputationGraph(file.toFile(), true);
        assertInstanceOf(ReversibleChain.class, loaded.getLayer("chain1").conf().getLayer());
        assertFalse(loaded.getConfiguration().getVertices().containsKey("block_0"));
        trained(converted, DataType.FLOAT, 0);
        trained(loaded, DataType.FLOAT, 0);
        same(Lean.restore(converted), Lean.restore(loaded));
    }
}
