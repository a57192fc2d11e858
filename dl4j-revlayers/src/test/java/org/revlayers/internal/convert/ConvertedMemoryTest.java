package org.revlayers.internal.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.IntFunction;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.revlayers.Lean;
import org.revlayers.keep.Memory;
import org.revlayers.listeners.MemoryListener;
import org.revlayers.memory.MemoryReport;
import org.revlayers.reversible.CoefficientSchedule;

/** Complaint: a reversible mode that used more memory than the plain network (reformer #142). Whole networks, by the memory meter. */
class ConvertedMemoryTest {

    private static final int BATCH = 8;

    /** Dr²Net's start, where side bits are most, and its end. */
    private static final CoefficientSchedule[] ENDS = {
        CoefficientSchedule.constant(1, 0.125), CoefficientSchedule.constant(0.3, 0.7)
    };

    private static MemoryReport measured(ComputationGraph net, DataSet data) {
        net.fit(data); // the first forward of a chain finds out the range
        MemoryListener listener = new MemoryListener();
        net.setListeners(listener);
        net.fit(data);
        net.setListeners();
        return listener.report();
    }

    private static void checkLess(IntFunction<ComputationGraph> make, int depth, DataSet data, int minimum) {
        for (CoefficientSchedule schedule : ENDS) {
            ComputationGraph net = make.apply(depth);
            Memory options = Memory.reversible(schedule).atLeast(minimum);
            MemoryReport plain = measured(net, data);
            MemoryReport reversible = measured(Lean.convert(net, options).network(), data);
            assertTrue(
                    reversible.keptBytes() < plain.keptBytes(),
                    () -> depth + " blocks keep " + plain + " and reversible " + reversible);
            assertEquals(
                    reversible.keptBytes(),
                    reversible.byLayer().values().stream().mapToLong(b -> b).sum(),
                    "every byte has an owner");
        }
    }

    private static ComputationGraph transformer(int depth) {
        GraphBuilder g = TransformerGraphs.begin(DataType.FLOAT);
        String at = "tokens";
        for (int i = 0; i < depth; i++) {
            g.addLayer("block" + i, TransformerChainsTest.Kind.PRE.block(i), at);
            at = "block" + i;
        }
        return TransformerGraphs.finish(g, at);
    }

    private static ComputationGraph residual(int depth) {
        GraphBuilder g = ResidualGraphs.begin(ResidualGraphs.global(DataType.FLOAT));
        String at = "stem_conv";
        for (int i = 0; i < depth; i++) {
            at = ResidualGraphs.v2(g, "pre" + i, at, 4);
        }
        return ResidualGraphs.finish(g, at);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 6, 12})
    void reversibleTransformersUseLessMemoryThanPlainAtEveryDepth(int depth) {
        checkLess(ConvertedMemoryTest::transformer, depth, TransformerGraphs.data(DataType.FLOAT, BATCH, 0), 1);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 6})
    void reversibleConvolutionsUseLessMemoryThanPlainAtEveryDepth(int depth) {
        checkLess(ConvertedMemoryTest::residual, depth, ResidualGraphs.data(DataType.FLOAT, BATCH), 1);
    }
}
