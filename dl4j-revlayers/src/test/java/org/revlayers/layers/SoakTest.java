package org.revlayers.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.memory.Arena;
import org.revlayers.keep.Memory;

/** Three hundred steps with batches of three sizes take no more memory than the first ten. */
class SoakTest {

    @Test
    void memoryDoesNotGrow() {
        LayerCase layerCase = LayerCase.tokens("block", () -> LayerCase.block()
                .memory(Memory.approx())
                .layerScale(0.5)
                .dropPath(0.2)
                .build());
        MultiLayerNetwork net = layerCase.net();
        List<DataSet> batches = List.of(layerCase.data(4, 1), layerCase.data(1, 2), layerCase.data(3, 3));
        run(net, batches, 10);
        Arena arena = Arena.current();
        long live = arena.liveBytes();
        long peak = arena.peakFootprintBytes();
        Map<String, Long> workspaces = workspaces();
        run(net, batches, 300);
        assertEquals(live, arena.liveBytes(), "live in the arena");
        assertEquals(peak, arena.peakFootprintBytes(), "peak of the arena");
        assertEquals(workspaces, workspaces(), "sizes of the workspaces");
    }

    private static void run(MultiLayerNetwork net, List<DataSet> batches, int steps) {
        for (int i = 0; i < steps; i++) {
            DataSet batch = batches.get(i % batches.size());
            net.fit(batch);
            if (i % 5 == 0) {
                net.output(batch.getFeatures());
            }
        }
    }

    private static Map<String, Long> workspaces() {
        Map<String, Long> sizes = new TreeMap<>();
        for (MemoryWorkspace workspace : Nd4j.getWorkspaceManager().getAllWorkspacesForCurrentThread()) {
            sizes.put(workspace.getId(), workspace.getCurrentSize());
        }
        return sizes;
    }
}
