package org.revlayers.internal.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.graph.ScaleVertex;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.Lean;
import org.revlayers.convert.Conversion;
import org.revlayers.keep.Memory;
import org.revlayers.layers.Compare;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.reversible.StreamType;

/** Blocks d(x) + F(x), d being dropout or a factor: their sum is the sub-block's function, with α = 0. */
class LightShortcutsTest {

    private static String block(GraphBuilder g, String name, String from, boolean dropout) {
        ResidualGraphs.conv(g, name + "_conv1", from, 4, 3, 1);
        ResidualGraphs.relu(g, name + "_relu1", name + "_conv1");
        ResidualGraphs.conv(g, name + "_conv2", name + "_relu1", 4, 3, 1);
        if (dropout) {
            g.addLayer(name + "_d", new DropoutLayer(0.7), from);
        } else {
            g.addVertex(name + "_d", new ScaleVertex(0.5), from);
        }
        ResidualGraphs.add(g, name + "_add", name + "_conv2", name + "_d");
        ResidualGraphs.relu(g, name, name + "_add");
        return name;
    }

    static ComputationGraph net(boolean dropout) {
        GraphBuilder g = ResidualGraphs.begin(ResidualGraphs.global(DataType.DOUBLE));
        String at = ResidualGraphs.v1(g, "a", "stem_conv", 4, 1, false);
        at = block(g, "b", at, dropout);
        at = block(g, "c", at, dropout);
        return ResidualGraphs.finish(g, ResidualGraphs.v1(g, "d", at, 4, 1, false));
    }

    private static Memory options(ChainMode mode, CoefficientSchedule schedule) {
        return Memory.reversible(schedule).mode(mode).streams(StreamType.DOUBLE);
    }

    private static Memory plain() {
        return options(ChainMode.STORE, CoefficientSchedule.constant(1, 0));
    }

    private static DataSet data() {
        return ResidualGraphs.data(DataType.DOUBLE, 4);
    }

    @Test
    void aScaledShortcutTrainsAsBefore() {
        ComputationGraph net = net(false);
        INDArray x = data().getFeatures();
        Conversion<ComputationGraph> result = Lean.convert(net, plain());
        assertEquals(4, result.report().chains().get(0).subBlocks(), result.report()::toString);
        for (int i = 0; i < 3; i++) {
            Compare.near(net.outputSingle(x), result.network().outputSingle(x), 1e-9, "output");
            net.fit(data());
            result.network().fit(data());
        }
        ComputationGraph back = Lean.restore(result.network());
        Compare.near(net.params(), back.params(), 1e-9, "parameters after steps of Adam");
        net.fit(data());
        back.fit(data());
        Compare.near(net.params(), back.params(), 1e-9, "parameters after a step with the state that came back");
    }

    @Test
    void dropoutOnTheShortcutGoesThereAndBack() {
        ComputationGraph net = net(true);
        INDArray x = data().getFeatures();
        Conversion<ComputationGraph> result = Lean.convert(net, plain());
        assertEquals(List.of(), ResidualGraphs.leftOfBlocks(result.report()));
        Compare.near(net.outputSingle(x), result.network().outputSingle(x), 1e-9, "output");
        assertNotEquals(result.network().output(false, x)[0], result.network().output(true, x)[0], "dropout is drawn");
        ComputationGraph back = Lean.restore(result.network());
        assertEquals(
                net.getConfiguration().getVertices(), back.getConfiguration().getVertices());
        assertEquals(
                net.getConfiguration().getVertexInputs(),
                back.getConfiguration().getVertexInputs());
        Compare.same(net.outputSingle(x), back.outputSingle(x), "restored");
    }

    /** The mask that backward draws again is forward's: else the gradients of a chain that is run back would be others. */
    @ParameterizedTest
    @EnumSource(
            value = ChainMode.class,
            names = {"REVERSE", "CHECKPOINT"})
    void modesGiveTheGradientsOfStore(ChainMode mode) {
        CoefficientSchedule start = CoefficientSchedule.constant(1, 0.125);
        Compare.near(gradient(ChainMode.STORE, start), gradient(mode, start), 1e-8, "gradients");
    }

    private static INDArray gradient(ChainMode mode, CoefficientSchedule schedule) {
        ComputationGraph chains =
                Lean.convert(net(true), options(mode, schedule)).network();
        Nd4j.getRandom().setSeed(77);
        chains.setInput(0, data().getFeatures());
        chains.setLabel(0, data().getLabels());
        chains.computeGradientAndScore();
        return chains.gradient().gradient().dup();
    }

    @Test
    void momentumNeedsTheShortcutAsItIs() {
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> Lean.convert(
                                net(true), options(ChainMode.REVERSE, CoefficientSchedule.constant(1.1, -0.1))))
                .getMessage();
        assertTrue(message.contains("DropoutLayer \"b_d\" on the shortcut from \"a_out\""), message);
    }
}
