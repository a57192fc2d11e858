package org.revlayers.internal.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.function.Supplier;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.revlayers.Lean;
import org.revlayers.chain.ReversibleChain;
import org.revlayers.convert.Conversion;
import org.revlayers.convert.Restoration;
import org.revlayers.convert.Sample;
import org.revlayers.keep.Memory;
import org.revlayers.layers.Compare;
import org.revlayers.listeners.MemoryListener;
import org.revlayers.memory.MemoryReport;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;

/** Networks that train with random signs infer, and are restored as, the plain networks that they were, at any step of the training. */
class RandomSignsTest {

    private static final int STEPS = 4;

    /** Rounding of sums in another order, on DL4J's implementations of layers and on this library's. */
    private static final double ROUNDING = 2e-6;

    enum Network {
        /** ReLU behind the additions. */
        RESNET_V1(() -> ResidualGraphs.v1(ResidualGraphs.global(DataType.FLOAT)), false),
        RESNET_V2(() -> ResidualGraphs.v2(ResidualGraphs.global(DataType.FLOAT)), false),
        /** Factors on the shortcuts, inside functions without an edge. */
        LIGHT_SHORTCUTS(() -> LightShortcutsTest.net(false), false),
        PRE_NORM(() -> TransformerGraphs.row(DataType.FLOAT, TransformerChainsTest.Kind.PRE::block), true),
        POST_NORM(() -> TransformerGraphs.row(DataType.FLOAT, TransformerChainsTest.Kind.POST::block), true),
        DROP_PATH(() -> TransformerGraphs.row(DataType.FLOAT, TransformerChainsTest.Kind.DROP_PATH::block), true);

        private final Supplier<ComputationGraph> made;
        private final boolean tokens;

        Network(Supplier<ComputationGraph> made, boolean tokens) {
            this.made = made;
            this.tokens = tokens;
        }

        private DataSet data(int batch) {
            DataType type = made.get().getConfiguration().getDataType();
            return tokens ? TransformerGraphs.data(type, batch, 2) : ResidualGraphs.data(type, batch);
        }
    }

    private static Memory signs(ChainMode mode) {
        return Memory.reversible(CoefficientSchedule.randomSigns(0.125))
                .mode(mode)
                .atLeast(1)
                .otherwise(Memory.checkpoint());
    }

    private static INDArray output(ComputationGraph net, DataSet data) {
        INDArray mask = data.getFeaturesMaskArray();
        INDArray[] masks = mask == null ? null : new INDArray[] {mask};
        return net.output(false, new INDArray[] {data.getFeatures()}, masks, null)[0].dup();
    }

    @ParameterizedTest
    @EnumSource(Network.class)
    void inferAndAreRestoredAsThePlainNetwork(Network network) {
        ComputationGraph given = network.made.get();
        Conversion<ComputationGraph> conversion = Lean.convert(given, signs(ChainMode.REVERSE));
        ComputationGraph net = conversion.network();
        assertTrue(!conversion.report().chains().isEmpty(), conversion.report()::toString);
        DataSet sample = network.data(5);
        Compare.near(output(given, sample), output(net, sample), ROUNDING, "as it was given");
        for (int i = 0; i < STEPS; i++) {
            net.fit(network.data(i % 2 == 0 ? 4 : 3));
            Restoration<ComputationGraph> plain = Lean.restore(net, Sample.of(sample.getFeatures()));
            assertTrue(plain.report().sameFunction(), plain.report()::toString);
            assertEquals(0, plain.report().comparison().difference(), ROUNDING);
            Compare.near(output(plain.network(), sample), output(net, sample), ROUNDING, "behind step " + i);
        }
        Compare.different(output(given, sample), output(net, sample), "the training");
        assertEquals(
                given.getConfiguration().getVertices().keySet(),
                Lean.restore(net).getConfiguration().getVertices().keySet());
    }

    @ParameterizedTest
    @EnumSource(Network.class)
    void trainTheSameBitsInAllModes(Network network) {
        boolean exact = network.made.get().getConfiguration().getDataType() == DataType.FLOAT;
        ComputationGraph[] nets = new ComputationGraph[ChainMode.values().length];
        for (ChainMode mode : ChainMode.values()) {
            ComputationGraph net = Lean.convert(network.made.get(), signs(mode)).network();
            for (int i = 0; i < STEPS; i++) {
                net.fit(network.data(i % 2 == 0 ? 4 : 3));
            }
            nets[mode.ordinal()] = net;
        }
        for (ComputationGraph net : nets) {
            Compare.near(nets[0].params(), net.params(), exact ? 0 : 1e-9, "parameters");
        }
    }

    /** To the byte, in sub-blocks with and without an r. */
    @ParameterizedTest
    @EnumSource(
            value = Network.class,
            names = {"RESNET_V1", "PRE_NORM", "POST_NORM"})
    void keepWhatIsPredicted(Network network) {
        ComputationGraph net =
                Lean.convert(network.made.get(), signs(ChainMode.REVERSE)).network();
        DataSet data = network.data(4);
        net.fit(data);
        MemoryListener memory = new MemoryListener();
        net.addListeners(memory);
        net.fit(data);
        List<MemoryReport.Row> sides = memory.report().rows().stream()
                .filter(row -> row.tensor().endsWith("side"))
                .toList();
        assertTrue(!sides.isEmpty(), memory.report()::toString);
        sides.forEach(row -> assertEquals(row.predicted(), row.bytes(), memory.report()::toString));
    }

    /** A chain that does not train has no signs: its gradient is that of the plain blocks. */
    @Test
    void aFrozenChainPassesThePlainGradient() {
        ComputationGraph signs = frozen(CoefficientSchedule.randomSigns(0.125), ChainMode.REVERSE);
        ComputationGraph plain = frozen(CoefficientSchedule.constant(1, 0), ChainMode.CHECKPOINT);
        DataSet data = ResidualGraphs.data(DataType.FLOAT, 3);
        for (int i = 0; i < 3; i++) {
            signs.fit(data);
            plain.fit(data);
        }
        Compare.near(plain.params(), signs.params(), 1e-5, "parameters");
    }

    private static ComputationGraph frozen(CoefficientSchedule schedule, ChainMode mode) {
        ComputationGraph net = Lean.convert(
                        ResidualGraphs.v2(ResidualGraphs.global(DataType.FLOAT)),
                        Memory.reversible(schedule).mode(mode))
                .network();
        String name = net.getConfiguration().getVertices().keySet().stream()
                .filter(v -> net.getLayer(v) != null && net.getLayer(v).conf().getLayer() instanceof ReversibleChain)
                .findFirst()
                .orElseThrow();
        ComputationGraphConfiguration conf = net.getConfiguration().clone();
        LayerVertex vertex = (LayerVertex) conf.getVertices().get(name);
        vertex.getLayerConf()
                .setLayer(new FrozenLayerWithBackprop(vertex.getLayerConf().getLayer()));
        ComputationGraph frozen = new ComputationGraph(conf);
        frozen.init();
        frozen.setParams(net.params().dup());
        return frozen;
    }
}
