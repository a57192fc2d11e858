package org.revlayers.internal.container;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.revlayers.container.CheckpointSequence;
import org.revlayers.container.RazorSequence;
import org.revlayers.internal.keep.Thinning;
import org.revlayers.internal.kernel.device.Devices;
import org.revlayers.internal.memory.Arena;
import org.revlayers.keep.ActivationMemory;
import org.revlayers.keep.Memory;
import org.revlayers.keep.RazorFill;
import org.revlayers.keep.RazorValues;
import org.revlayers.listeners.MemoryListener;
import org.revlayers.memory.MemoryReport;

/** What containers keep is what was predicted, to the byte; it is little; nothing leaks. */
class ContainerMemoryTest {

    private static MemoryReport report(MultiLayerNetwork net, DataType type, int batch) {
        MemoryListener listener = new MemoryListener();
        net.setListeners(listener);
        net.fit(ContainerNets.data(type, batch, 1));
        net.setListeners();
        return listener.report();
    }

    private static long kept(MemoryReport report) {
        return report.rows().stream()
                .filter(r -> r.layer().equals("sequence") && !r.category().equals("output"))
                .mapToLong(MemoryReport.Row::bytes)
                .sum();
    }

    static Stream<LayerSequence> sequences() {
        Layer[] frozen = ContainerNets.layers();
        for (int i = 0; i < 3; i++) {
            frozen[i] = new FrozenLayer(frozen[i]);
        }
        Stream<LayerSequence> razors = Stream.of(RazorValues.values())
                .flatMap(values -> Stream.of(ActivationMemory.values())
                        .filter(rule -> rule != ActivationMemory.RECOMPUTE)
                        .map(rule -> new RazorSequence.Builder()
                                .layers(ContainerNets.layers())
                                .memory(Memory.razor(0.9).values(values))
                                .activations(rule)
                                .name("sequence")
                                .build()));
        return Stream.concat(
                razors,
                Stream.of(
                        ContainerNets.checkpoint(),
                        new RazorSequence.Builder()
                                .layers(frozen)
                                .name("sequence")
                                .build(),
                        new RazorSequence.Builder()
                                .layers(ContainerNets.layers())
                                .memory(Memory.store())
                                .name("sequence")
                                .build(),
                        new RazorSequence.Builder()
                                .layers(ContainerNets.layers())
                                .stockHosts(true)
                                .name("sequence")
                                .build(),
                        new RazorSequence.Builder()
                                .layers(
                                        ContainerNets.projection(),
                                        new CheckpointSequence.Builder()
                                                .layers(ContainerNets.identity())
                                                .name("inner")
                                                .build())
                                .name("sequence")
                                .build()));
    }

    @ParameterizedTest
    @MethodSource("sequences")
    void predictionIsExact(LayerSequence sequence) {
        for (DataType type : List.of(DataType.FLOAT, DataType.DOUBLE, DataType.FLOAT16)) {
            for (int batch : new int[] {1, 3}) {
                MultiLayerNetwork net = ContainerNets.net(type, sequence.clone());
                MemoryReport report = report(net, type, batch);
                report.rows().stream()
                        .filter(r -> r.layer().equals("sequence"))
                        .forEach(r -> assertEquals(r.bytes(), r.predicted(), r::toString));
                long predicted = sequence(net).predictKept(sequence(net).typeOf(batch, 3, 9, 7)).stream()
                        .mapToLong(t -> t.bytes(batch, type.width()))
                        .sum();
                assertEquals(kept(report), predicted, "nothing is predicted that is not kept");
            }
        }
    }

    private static LayerSequence sequence(MultiLayerNetwork net) {
        return (LayerSequence) net.getLayer(0).conf().getLayer();
    }

    @Test
    void thinnedIsLittleAndCheckpointedNothing() {
        RazorSequence off = ContainerNets.razor();
        off.setThinning(null);
        long dense = kept(report(ContainerNets.net(DataType.FLOAT, off), DataType.FLOAT, 8));
        long razor = kept(report(ContainerNets.net(DataType.FLOAT, ContainerNets.razor()), DataType.FLOAT, 8));
        long nothing = kept(report(ContainerNets.net(DataType.FLOAT, ContainerNets.checkpoint()), DataType.FLOAT, 8));
        assertEquals(0, nothing);
        assumeTrue(Devices.current() == null, "a device's pooling keeps its input");
        assertTrue(razor < 0.2 * dense, razor + " of " + dense);
        RazorSequence published = ContainerNets.razor();
        published.setThinning(new Thinning(0.9, RazorValues.FP16, RazorFill.ZERO));
        long zeros = kept(report(ContainerNets.net(DataType.FLOAT, published), DataType.FLOAT, 8));
        assertTrue(zeros < 0.15 * dense, zeros + " of " + dense);
    }

    @Test
    void inferenceAndSwitchingOffKeepNothing() {
        MultiLayerNetwork net = ContainerNets.net(DataType.FLOAT, ContainerNets.razor());
        long live = Arena.current().liveBytes();
        net.output(ContainerNets.data(DataType.FLOAT, 3, 1).getFeatures());
        net.score(ContainerNets.data(DataType.FLOAT, 3, 1), false);
        assertEquals(live, Arena.current().liveBytes());
        assertTrue(((CompositeHost) net.getLayer(0)).kept().isEmpty());
    }

    @Test
    void memoryDoesNotGrow() {
        MultiLayerNetwork net = ContainerNets.net(DataType.FLOAT, ContainerNets.razor());
        List<DataSet> batches = List.of(
                ContainerNets.data(DataType.FLOAT, 4, 1),
                ContainerNets.data(DataType.FLOAT, 1, 2),
                ContainerNets.data(DataType.FLOAT, 3, 3));
        Arena arena = Arena.current();
        long live = arena.liveBytes();
        long footprint = 0;
        for (int i = 0; i < 120; i++) {
            net.fit(batches.get(i % batches.size()));
            assertEquals(live, arena.liveBytes(), "live bytes in step " + i);
            if (i % 5 == 0) {
                net.output(batches.get(i % batches.size()).getFeatures());
            }
            if (i == 8) {
                footprint = arena.peakFootprintBytes();
            }
        }
        assertEquals(footprint, arena.peakFootprintBytes());
    }
}
