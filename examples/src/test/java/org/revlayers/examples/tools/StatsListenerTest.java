package org.revlayers.examples.tools;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import org.deeplearning4j.core.storage.Persistable;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.ui.model.stats.StatsListener;
import org.deeplearning4j.ui.model.stats.api.StatsReport;
import org.deeplearning4j.ui.model.stats.api.StatsType;
import org.deeplearning4j.ui.model.storage.InMemoryStatsStorage;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.revlayers.keep.Memory;

/** DL4J's StatsListener sees the parameters of containers under their names, with their gradients and updates, and training is the same to the bit. */
class StatsListenerTest {

    private static void everyParameterIsSeen(Model net, InMemoryStatsStorage storage) {
        Set<String> names = net.paramTable().keySet();
        String session = storage.listSessionIDs().get(0);
        List<Persistable> updates = storage.getAllUpdatesAfter(
                session,
                StatsListener.TYPE_ID,
                storage.listWorkerIDsForSession(session).get(0),
                0);
        assertEquals(Converted.STEPS, updates.size());
        for (Persistable update : updates) {
            StatsReport report = (StatsReport) update;
            assertTrue(Double.isFinite(report.getScore()) && report.getScore() > 0);
            for (StatsType type : List.of(StatsType.Parameters, StatsType.Gradients, StatsType.Updates)) {
                assertEquals(names, report.getMeanMagnitudes(type).keySet(), type.toString());
                assertTrue(report.getMeanMagnitudes(type).values().stream().allMatch(Double::isFinite));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("org.revlayers.examples.tools.Converted#ofLists")
    void listsTrainAsWithoutIt(Memory memory) {
        MultiLayerNetwork alone = Converted.list(memory);
        MultiLayerNetwork watched = alone.clone();
        InMemoryStatsStorage storage = new InMemoryStatsStorage();
        watched.setListeners(new StatsListener(storage, 1));
        alone.fit(Converted.batchesForLists(Converted.STEPS));
        watched.fit(Converted.batchesForLists(Converted.STEPS));
        assertArrayEquals(alone.params().toFloatVector(), watched.params().toFloatVector());
        assertArrayEquals(
                alone.getUpdater().getStateViewArray().toFloatVector(),
                watched.getUpdater().getStateViewArray().toFloatVector());
        everyParameterIsSeen(watched, storage);
    }

    @ParameterizedTest
    @MethodSource("org.revlayers.examples.tools.Converted#ofGraphs")
    void graphsTrainAsWithoutIt(Memory memory) {
        ComputationGraph alone = Converted.graph(memory);
        ComputationGraph watched = alone.clone();
        InMemoryStatsStorage storage = new InMemoryStatsStorage();
        watched.setListeners(new StatsListener(storage, 1));
        alone.fit(Converted.batchesForGraphs(Converted.STEPS));
        watched.fit(Converted.batchesForGraphs(Converted.STEPS));
        assertArrayEquals(alone.params().toFloatVector(), watched.params().toFloatVector());
        assertArrayEquals(
                alone.getUpdater().getStateViewArray().toFloatVector(),
                watched.getUpdater().getStateViewArray().toFloatVector());
        everyParameterIsSeen(watched, storage);
    }
}
