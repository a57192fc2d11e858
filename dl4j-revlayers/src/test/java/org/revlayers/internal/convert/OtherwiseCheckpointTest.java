package org.revlayers.internal.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.revlayers.Lean;
import org.revlayers.convert.Conversion;
import org.revlayers.convert.ConversionReport;
import org.revlayers.internal.keep.MemoryMeter;
import org.revlayers.internal.memory.Arena;
import org.revlayers.keep.Memory;
import org.revlayers.layers.Compare;
import org.revlayers.models.ResNet50;
import org.revlayers.reversible.CoefficientSchedule;

/** What is in no chain goes into checkpoint sequences: same gradients, less memory. */
class OtherwiseCheckpointTest {

    private static ComputationGraph net(DataType type) {
        ComputationGraph net = ResidualGraphs.net(false, ResidualGraphs.global(type));
        net.fit(ResidualGraphs.data(type, 4));
        return net;
    }

    private static Conversion<ComputationGraph> convert(ComputationGraph net, Memory rest) {
        return Lean.convert(
                net, Memory.reversible(CoefficientSchedule.constant(0, 1)).otherwise(rest));
    }

    @Test
    void everyBlockThatChangesTheShapeIsASequence() {
        ConversionReport report =
                convert(net(DataType.FLOAT), Memory.checkpoint()).report();
        Map<String, List<String>> made = report.checkpoints().stream()
                .collect(Collectors.toMap(ConversionReport.Unit::name, ConversionReport.Unit::members));
        assertEquals(List.of("stem_conv", "stem_bn", "stem_relu"), made.get("rest1"));
        assertTrue(made.get("rest2").containsAll(List.of("s1_a_conv1", "s1_a_short", "s1_a_add", "s1_a_out")));
        assertTrue(made.get("rest3").containsAll(List.of("s2_a_conv1", "s2_a_short", "s2_a_add", "s2_a_out")));
        assertEquals(3, made.size());
        assertEquals(
                List.of("pool", "output"),
                report.left().stream().map(ConversionReport.Left::name).toList(),
                "the additions with projections are in sequences");
        assertEquals(2, report.chains().size());
    }

    /** Also the running statistics and the updater's state. */
    @Test
    void trainsAsWithStoredLayers() {
        ComputationGraph net = net(DataType.DOUBLE);
        ComputationGraph stored = convert(net, null).network();
        ComputationGraph checkpointed = convert(net, Memory.checkpoint()).network();
        INDArray x = ResidualGraphs.data(DataType.DOUBLE, 3).getFeatures();
        Compare.near(stored.outputSingle(x), checkpointed.outputSingle(x), 1e-12, "output");
        for (int i = 0; i < 3; i++) {
            stored.fit(ResidualGraphs.data(DataType.DOUBLE, 3 + i));
            checkpointed.fit(ResidualGraphs.data(DataType.DOUBLE, 3 + i));
        }
        ComputationGraph a = Lean.restore(stored);
        ComputationGraph b = Lean.restore(checkpointed);
        assertEquals(a.getConfiguration().getVertices(), b.getConfiguration().getVertices());
        a.paramTable().forEach((name, p) -> Compare.near(p, b.getParam(name), 1e-9, name));
        Compare.near(a.getUpdater().getStateViewArray(), b.getUpdater().getStateViewArray(), 1e-9, "updater");
    }

    @Test
    void comesBackWithTheSameBits() {
        ComputationGraph net = net(DataType.FLOAT);
        ComputationGraph back = Lean.restore(convert(net, Memory.checkpoint()).network());
        assertEquals(
                net.getConfiguration().getVertices(), back.getConfiguration().getVertices());
        Compare.same(net.params(), back.params(), "parameters");
        Compare.same(net.getUpdater().getStateViewArray(), back.getUpdater().getStateViewArray(), "updater");
    }

    private static long peak(ComputationGraph net, DataSet data) {
        net.fit(data);
        Nd4j.getWorkspaceManager().destroyAllWorkspacesForCurrentThread();
        Arena.current().trim();
        Arena.current().resetPeak();
        net.fit(data);
        net.fit(data);
        long peak = Arena.current().peakLiveBytes() + MemoryMeter.workspaceBytes();
        Nd4j.getWorkspaceManager().destroyAllWorkspacesForCurrentThread();
        return peak;
    }

    @Test
    void thePeakOfAResNetFalls() {
        ComputationGraph net = ResNet50.builder()
                .classes(3)
                .imageSize(64)
                .updater(new Sgd(1e-3))
                .build()
                .init();
        DataSet data = new DataSet(
                Nd4j.rand(DataType.FLOAT, 4, 3, 64, 64),
                Nd4j.createFromArray(new float[][] {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}, {1, 0, 0}}));
        long stock = peak(net, data);
        long stored = peak(convert(net, null).network(), data);
        long checkpointed = peak(convert(net, Memory.checkpoint()).network(), data);
        assertTrue(checkpointed < 0.7 * stored, checkpointed + " of " + stored + ", stock " + stock);
    }
}
