package org.revlayers.internal.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.constraint.MaxNormConstraint;
import org.deeplearning4j.nn.conf.dropout.Dropout;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.learning.regularization.L2Regularization;
import org.nd4j.linalg.learning.regularization.WeightDecay;
import org.revlayers.Lean;
import org.revlayers.chain.ReversibleChain;
import org.revlayers.keep.Memory;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.reversible.StreamType;

/** What a conversion of a graph keeps beside the function: everything that training depends on. */
class GraphConversionKeepsTest {

    private static final double ROUNDING = 1e-9;

    private static final Memory PLAIN = Memory.reversible(CoefficientSchedule.constant(1, 0))
            .mode(ChainMode.CHECKPOINT)
            .streams(StreamType.DOUBLE);

    private static ComputationGraph untrained(boolean preActivation, Consumer<ComputationGraphConfiguration> change) {
        ComputationGraphConfiguration conf = ResidualGraphs.net(preActivation, ResidualGraphs.global(DataType.DOUBLE))
                .getConfiguration()
                .clone();
        change.accept(conf);
        ComputationGraph net = new ComputationGraph(conf);
        net.init();
        return net;
    }

    private static ComputationGraph net(boolean preActivation, Consumer<ComputationGraphConfiguration> change) {
        ComputationGraph net = untrained(preActivation, change);
        train(net);
        return net;
    }

    private static void train(ComputationGraph net) {
        for (int i = 0; i < 3; i++) {
            net.fit(ResidualGraphs.data(DataType.DOUBLE, 3 + i));
        }
    }

    private static LayerVertex vertex(ComputationGraphConfiguration conf, String name) {
        return (LayerVertex) conf.getVertices().get(name);
    }

    private static BaseLayer base(ComputationGraphConfiguration conf, String name) {
        return (BaseLayer) vertex(conf, name).getLayerConf().getLayer();
    }

    private static void wrap(ComputationGraphConfiguration conf, String name, UnaryOperator<Layer> wrapper) {
        var layerConf = vertex(conf, name).getLayerConf();
        Layer wrapped = wrapper.apply(layerConf.getLayer());
        wrapped.setLayerName(name);
        layerConf.setLayer(wrapped);
    }

    /** Trains both and compares all parameters and the updater's state. */
    private static void trainsAsBefore(ComputationGraph net) {
        ComputationGraph converted = Lean.convert(net, PLAIN).network();
        train(net);
        train(converted);
        ComputationGraph back = Lean.restore(converted);
        for (String name : net.paramTable().keySet()) {
            assertEquals(0, distance(net.getParam(name), back.getParam(name)), ROUNDING, name);
        }
        assertEquals(
                0,
                distance(net.getUpdater().getStateViewArray(), back.getUpdater().getStateViewArray()),
                ROUNDING);
        assertEquals(
                net.getConfiguration().getVertices(), back.getConfiguration().getVertices());
        assertEquals(net.getIterationCount(), back.getIterationCount());
        assertEquals(net.getEpochCount(), back.getEpochCount());
    }

    private static double distance(INDArray a, INDArray b) {
        return a.sub(b).amaxNumber().doubleValue();
    }

    @ParameterizedTest
    @EnumSource(GradientNormalization.class)
    void gradientNormalisationOfEachLayer(GradientNormalization kind) {
        trainsAsBefore(net(false, conf -> conf.getVertices().values().forEach(v -> {
            if (v instanceof LayerVertex l && l.getLayerConf().getLayer() instanceof BaseLayer base) {
                base.setGradientNormalization(kind);
                base.setGradientNormalizationThreshold(0.01);
            }
        })));
    }

    @Test
    void updatersAndRegularisationOfEachLayer() {
        trainsAsBefore(net(false, conf -> {
            base(conf, "s1_b_conv1").setIUpdater(new Sgd(0.05));
            base(conf, "s1_b_conv2").setBiasUpdater(new Nesterovs(0.02, 0.8));
            base(conf, "s1_c_conv1").setRegularization(List.of(new L2Regularization(0.1)));
            base(conf, "s1_c_conv2").setRegularizationBias(List.of(new WeightDecay(0.1, true)));
            base(conf, "s2_b_bn1").setIUpdater(new Nesterovs(0.02, 0.8));
        }));
    }

    @Test
    void parameterConstraintsOfEachLayer() {
        trainsAsBefore(net(false, conf -> {
            MaxNormConstraint constraint = new MaxNormConstraint(0.3, Set.of("W"), 1, 2, 3);
            base(conf, "s1_b_conv2").setConstraints(List.of(constraint));
            base(conf, "s2_c_conv1").setConstraints(List.of(constraint));
        }));
    }

    @Test
    void layersFrozenForTheForwardPass() {
        // not of batch norms, through which DL4J goes back as if they used the batch's statistics
        ComputationGraph net = net(true, conf -> wrap(conf, "pre1.conv1", FrozenLayerWithBackprop::new));
        INDArray frozen = net.getParam("pre1.conv1_W").dup();
        trainsAsBefore(net);
        assertEquals(frozen, net.getParam("pre1.conv1_W"));
    }

    @Test
    void frozenLayers() {
        // DL4J itself does not train a graph with one in the middle: it does not go back through it
        ComputationGraph net = untrained(true, conf -> wrap(conf, "pre2.conv1", FrozenLayer::new));
        INDArray frozen = net.getParam("pre2.conv1_W").dup();
        ComputationGraph converted = Lean.convert(net, PLAIN).network();
        train(converted);
        ComputationGraph back = Lean.restore(converted);
        assertEquals(frozen, back.getParam("pre2.conv1_W"));
        assertNotEquals(net.getParam("pre2.conv2_W"), back.getParam("pre2.conv2_W"));
        assertInstanceOf(
                FrozenLayer.class,
                vertex(back.getConfiguration(), "pre2.conv1").getLayerConf().getLayer());
    }

    @Test
    void dropoutIsReplayed() {
        ComputationGraph net = net(false, conf -> base(conf, "s1_c_conv1").setIDropout(new Dropout(0.7)));
        INDArray expected = null;
        for (ChainMode mode : ChainMode.values()) {
            ComputationGraph converted = Lean.convert(
                            net,
                            Memory.reversible(CoefficientSchedule.constant(0, 1))
                                    .mode(mode))
                    .network();
            train(converted);
            expected = expected == null ? converted.params().dup() : expected;
            assertEquals(0, distance(expected, converted.params()), ROUNDING, mode.toString());
        }
    }

    @Test
    void settingsOfTheWholeNetwork() {
        ComputationGraph net = net(false, conf -> {
            conf.setTrainingWorkspaceMode(WorkspaceMode.NONE);
            conf.setInferenceWorkspaceMode(WorkspaceMode.NONE);
        });
        net.incrementEpochCount();
        ComputationGraph converted = Lean.convert(net, PLAIN).network();
        ComputationGraphConfiguration before = net.getConfiguration();
        ComputationGraphConfiguration after = converted.getConfiguration();
        assertEquals(3, after.getIterationCount());
        assertEquals(before.getEpochCount(), after.getEpochCount());
        assertEquals(WorkspaceMode.NONE, after.getTrainingWorkspaceMode());
        assertEquals(
                before.getDefaultConfiguration().getSeed(),
                after.getDefaultConfiguration().getSeed());
        assertEquals(before.getNetworkOutputs(), after.getNetworkOutputs());
        trainsAsBefore(net);
    }

    @Test
    void modelFiles(@TempDir Path folder) throws Exception {
        ComputationGraph net = net(false, conf -> {});
        ComputationGraph converted = Lean.convert(net, Memory.reversible()).network();
        train(converted);
        Path file = folder.resolve("model.zip");
        ModelSerializer.writeModel(converted, file.toFile(), true);
        ComputationGraph loaded = ModelSerializer.restoreComputationGraph(file.toFile(), true);
        assertEquals(converted.getConfiguration(), loaded.getConfiguration());
        ReversibleChain chain = (ReversibleChain)
                vertex(loaded.getConfiguration(), "chain1").getLayerConf().getLayer();
        assertEquals("s1_b_conv1", chain.getVertices().get(0));
        train(converted);
        train(loaded);
        assertEquals(0, distance(converted.params(), loaded.params()), ROUNDING);
        assertTrue(Lean.restore(loaded)
                .params()
                .equalsWithEps(Lean.restore(converted).params(), ROUNDING));
    }
}
