package org.revlayers.internal.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.deeplearning4j.datasets.iterator.utilty.ListDataSetIterator;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.deeplearning4j.parallelism.ParallelWrapper;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Sgd;
import org.revlayers.Lean;
import org.revlayers.container.RazorSequence;
import org.revlayers.convert.Conversion;
import org.revlayers.internal.disk.Disk;
import org.revlayers.internal.kernel.device.Devices;
import org.revlayers.internal.memory.Arena;
import org.revlayers.keep.Memory;
import org.revlayers.layers.Compare;
import org.revlayers.layers.TransformerBlock;
import org.revlayers.listeners.MemoryListener;
import org.revlayers.listeners.StartTogether;
import org.revlayers.memory.MemoryReport;
import org.revlayers.models.VisionTransformer;

/** Networks whose activations wait on a disk: the bits of those in memory, less in memory, and nothing left behind, whatever happens. */
@Timeout(300)
class OffloadTest {

    private static final int BATCH = 8;
    private static final int STEPS = 3;
    private static final String FOLDER = "revlayers.offload.dir";

    @AfterEach
    void usualFolder() {
        System.clearProperty(FOLDER);
    }

    private static MultiLayerNetwork tokens() {
        return tokens(new Adam(1e-4));
    }

    private static MultiLayerNetwork tokens(IUpdater updater) {
        return VisionTransformer.builder()
                .updater(updater)
                .height(32)
                .width(32)
                .patch(8)
                .features(64)
                .depth(6)
                .heads(2)
                .classes(3)
                .build()
                .init();
    }

    private static DataSet images(int seed) {
        INDArray x = Nd4j.linspace(DataType.FLOAT, -1 + 0.1 * seed, 1.7, (long) BATCH * 3 * 32 * 32)
                .reshape(BATCH, 3, 32, 32);
        INDArray y = Nd4j.zeros(DataType.FLOAT, BATCH, 3);
        for (int i = 0; i < BATCH; i++) {
            y.putScalar(i, (i + seed) % 3, 1);
        }
        return new DataSet(x, y);
    }

    private static ComputationGraph graph() {
        return ResidualGraphs.net(false, ResidualGraphs.global(DataType.FLOAT));
    }

    private static MultiLayerNetwork converted(String memory) {
        return Lean.convert(tokens(), Memory.parse(memory)).network();
    }

    private static List<MemoryReport> trained(Model net) {
        List<MemoryReport> reports = new ArrayList<>();
        MemoryListener listener = new MemoryListener();
        for (int i = 0; i < STEPS; i++) {
            if (net instanceof MultiLayerNetwork line) {
                line.setListeners(listener);
                line.fit(images(i));
            } else {
                ((ComputationGraph) net).setListeners(listener);
                ((ComputationGraph) net).fit(ResidualGraphs.data(DataType.FLOAT, 24));
            }
            reports.add(listener.report());
        }
        return reports;
    }

    private static long stored(MemoryReport report) {
        return report.rows().stream()
                .filter(row -> row.category().equals("moved"))
                .count();
    }

    private static void assertLess(List<MemoryReport> plain, List<MemoryReport> disk) {
        for (int i = 0; i < STEPS; i++) {
            MemoryReport now = disk.get(i);
            assertTrue(now.keptBytes() < plain.get(i).keptBytes(), now + "of" + plain.get(i));
            assertTrue(stored(now) > 0, now.toString());
            assertTrue(now.toString().contains("written to a disk"), now.toString());
            now.rows().stream()
                    .filter(row -> row.predicted() >= 0)
                    .forEach(row -> assertEquals(row.predicted(), row.bytes(), row.toString()));
            long saved = plain.get(i).keptBytes() - now.keptBytes();
            assertTrue(
                    now.writtenBytes() >= saved && now.writtenBytes() < saved + 4096 * stored(now),
                    now.writtenBytes() + " written, " + saved + " saved");
            assertEquals(0, plain.get(i).writtenBytes());
        }
        assertEquals(0, Disk.current().count());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "store",
                "checkpoint",
                "reversible",
                "reversible=float",
                "reversible=stored",
                "reversible=checkpointed",
                "reversible=stored+razor"
            })
    void blocksHaveTheSameBits(String memory) {
        MultiLayerNetwork plain = converted(memory);
        String disk = memory.contains("=") ? memory.replace("=", "=disk,") : memory + "=disk";
        MultiLayerNetwork onDisk = converted(disk);
        assertLess(trained(plain), trained(onDisk));
        Compare.same(plain.params(), onDisk.params(), disk);
        Compare.same(plain.getUpdater().getStateViewArray(), onDisk.getUpdater().getStateViewArray(), disk);
        assertTrue(
                Lean.restore(plain)
                        .getLayerWiseConfigurations()
                        .equals(Lean.restore(onDisk).getLayerWiseConfigurations()),
                "restored");
    }

    @ParameterizedTest
    @ValueSource(strings = {"store", "store=stock-hosts", "checkpoint", "reversible=at:0:1"})
    void graphsHaveTheSameBits(String memory) {
        ComputationGraph plain = Lean.convert(graph(), Memory.parse(memory)).network();
        String disk = memory.contains("=") ? memory.replace("=", "=disk,") : memory + "=disk";
        ComputationGraph onDisk = Lean.convert(graph(), Memory.parse(disk)).network();
        trained(plain);
        List<MemoryReport> reports = trained(onDisk);
        assertTrue(reports.get(0).writtenBytes() > 0);
        Compare.same(plain.params(), onDisk.params(), disk);
        assertTrue(
                Lean.restore(plain)
                        .getConfiguration()
                        .equals(Lean.restore(onDisk).getConfiguration()),
                "restored");
    }

    /** Where there is nothing but layers in a line: one sequence of checkpoints, which knows where their inputs are. */
    @Test
    void checkpointsInALineAreOneSequence() {
        Layer[] layers = IntStream.range(0, 20)
                .mapToObj(i -> new DenseLayer.Builder()
                        .nOut(64)
                        .activation(Activation.TANH)
                        .name("d" + i)
                        .build())
                .toArray(Layer[]::new);
        MultiLayerNetwork net = ResidualGraphs.network(DataType.FLOAT, layers);
        Conversion<MultiLayerNetwork> plain = Lean.convert(net, Memory.checkpoint());
        Conversion<MultiLayerNetwork> disk =
                Lean.convert(net, Memory.checkpoint().onDisk(true));
        assertEquals(4, plain.report().checkpoints().size());
        assertEquals(1, disk.report().checkpoints().size());
        DataSet data = ResidualGraphs.data(DataType.FLOAT, 24);
        MemoryListener listener = new MemoryListener();
        disk.network().setListeners(listener);
        for (int i = 0; i < STEPS; i++) {
            plain.network().fit(data);
            disk.network().fit(data);
        }
        Compare.same(plain.network().params(), disk.network().params(), "parameters");
        assertEquals(2, stored(listener.report()), "inputs of the second and third of four");
        assertEquals(2 * 8192, listener.report().writtenBytes(), "24 · 64 floats, in whole blocks");
        assertTrue(
                Lean.restore(plain.network())
                        .getLayerWiseConfigurations()
                        .equals(Lean.restore(disk.network()).getLayerWiseConfigurations()),
                "restored");
    }

    @Test
    void whatCannotBeOnADiskIsRefused() {
        refused("a disk is for store, checkpoint and reversible", () -> Memory.half()
                .onDisk(true));
        refused("use onDisk(names) of it", () -> new RazorSequence.Builder().memory(Memory.offload()));
        refused("use onDisk(names) of the RazorSequence", () -> new TransformerBlock.Builder(2)
                .memory(Memory.offload()));
        refused(
                "the setting \"disk\"",
                () -> Lean.convert(SameDiff.create(), Memory.checkpoint().onDisk(true)));
    }

    private static void refused(String message, Executable work) {
        String said = assertThrows(IllegalArgumentException.class, work).getMessage();
        assertTrue(said.contains(message), said);
    }

    /** A user's complaint (axolotl #3738): {@code disk} never wrote to a disk. */
    @Test
    void theSystemHasSeenTheBytes() throws IOException {
        assumeTrue(Devices.current() == null, "a device's arrays wait in host memory");
        Path counts = Path.of("/proc/self/io");
        assumeTrue(Files.isReadable(counts));
        MultiLayerNetwork net = converted("offload");
        long before = written(counts);
        long said = trained(net).stream().mapToLong(MemoryReport::writtenBytes).sum();
        assertTrue(said > 0 && written(counts) - before >= said, "the report says " + said);
    }

    private static long written(Path counts) throws IOException {
        return Files.readAllLines(counts).stream()
                .filter(line -> line.startsWith("write_bytes: "))
                .mapToLong(line -> Long.parseLong(line.substring(13)))
                .sum();
    }

    /** Complaints (meta-pytorch/torchtune #2456, pytorch/torchtitan #3521): buffers leaked with every step. */
    @Test
    void manyStepsHoldWhatOneHolds() {
        MultiLayerNetwork net = converted("checkpoint=disk");
        net.fit(images(0));
        net.fit(images(1));
        long live = Arena.current().liveBytes();
        Arena.current().resetPeak();
        net.fit(images(2));
        long peak = Arena.current().peakLiveBytes();
        long file = Disk.current().fileBytes();
        for (int i = 0; i < 20; i++) {
            net.fit(images(i));
        }
        assertEquals(live, Arena.current().liveBytes());
        assertEquals(peak, Arena.current().peakLiveBytes());
        assertEquals(file, Disk.current().fileBytes());
    }

    @Test
    void thePeakFallsToOneBlockAndWhatComesBack() {
        List<MemoryReport> plain = trained(converted("store"));
        List<MemoryReport> disk = trained(converted("offload"));
        long saved = plain.get(2).peakBytes() - (disk.get(2).peakBytes() - Disk.bufferBytes());
        assertTrue(saved > plain.get(2).keptBytes() / 2, saved + " saved of " + plain.get(2) + disk.get(2));
    }

    @Test
    void copiesAndFilesGoOnWithTheSameBits(@TempDir Path folder) throws IOException {
        for (String memory : List.of("offload", "checkpoint=disk")) {
            MultiLayerNetwork net = converted(memory);
            trained(net);
            File file = folder.resolve(memory + ".zip").toFile();
            net.save(file, true);
            MultiLayerNetwork read = MultiLayerNetwork.load(file, true);
            MultiLayerNetwork copy = net.clone();
            trained(net);
            for (MultiLayerNetwork other : List.of(read, copy)) {
                long before = Disk.current().traffic().written();
                trained(other);
                assertTrue(Disk.current().traffic().written() > before);
                Compare.same(net.params(), other.params(), memory);
            }
        }
    }

    @Test
    void twoNetworksAtOnce() {
        var threads = Executors.newFixedThreadPool(2);
        try {
            MultiLayerNetwork alone = converted("offload");
            trained(alone);
            List<CompletableFuture<MultiLayerNetwork>> both = List.of("offload", "checkpoint=disk").stream()
                    .map(memory -> CompletableFuture.supplyAsync(
                            () -> {
                                MultiLayerNetwork net = converted(memory);
                                trained(net);
                                return net;
                            },
                            threads))
                    .toList();
            Compare.same(alone.params(), both.get(0).join().params(), "beside another");
            both.get(1).join();
        } finally {
            threads.shutdown();
        }
    }

    @Test
    void replicasTrainAsOneNetwork() throws Exception {
        MultiLayerNetwork one =
                Lean.convert(tokens(new Sgd(0.1)), Memory.offload()).network();
        MultiLayerNetwork first = one.clone();
        one.fit(images(1));
        INDArray two = inParallel(first.clone());
        Compare.near(one.params(), two, 1e-4, "averaged");
        Compare.different(first.params(), two, "trained");
    }

    private static INDArray inParallel(MultiLayerNetwork net) throws Exception {
        try (ParallelWrapper wrapper = new ParallelWrapper.Builder<>(net)
                .workers(2)
                .prefetchBuffer(2)
                .averagingFrequency(1)
                .trainingMode(ParallelWrapper.TrainingMode.AVERAGING)
                .build()) {
            wrapper.setListeners(new StartTogether(wrapper.getWorkers()));
            wrapper.fit(new ListDataSetIterator<>(new ArrayList<>(images(1).asList()), BATCH / 2));
        }
        return net.params();
    }

    /** Between forward and backward, when everything is on the disk. */
    @Test
    void anErrorInTheMiddleOfAStepLosesNothing() {
        MultiLayerNetwork plain = converted("store");
        MultiLayerNetwork disk = converted("offload");
        for (MultiLayerNetwork net : List.of(plain, disk)) {
            net.fit(images(0));
            INDArray before = net.params().dup();
            net.setListeners(new BaseTrainingListener() {
                @Override
                public void onForwardPass(Model model, List<INDArray> activations) {
                    throw new IllegalStateException("in the middle");
                }
            });
            assertThrows(IllegalStateException.class, () -> net.fit(images(1)));
            Compare.same(before, net.params(), "parameters");
            net.setListeners();
            net.fit(images(2));
        }
        Compare.same(plain.params(), disk.params(), "after the error");
        assertEquals(0, Disk.current().count());
    }

    /** A folder in memory, then one on a disk. */
    @Test
    void aFolderThatCannotBeIsSaidAndLosesNothing() throws IOException {
        assumeTrue(Devices.current() == null, "a device's arrays wait in host memory");
        Path memory = Path.of("/dev/shm");
        assumeTrue(
                Files.isDirectory(memory) && Files.getFileStore(memory).type().equals("tmpfs"));
        MultiLayerNetwork plain = converted("store");
        MultiLayerNetwork disk = converted("offload");
        INDArray before = disk.params().dup();
        for (Map.Entry<String, Class<? extends RuntimeException>> folder :
                Map.<String, Class<? extends RuntimeException>>of(
                                "/dev/shm", IllegalStateException.class, "/proc", UncheckedIOException.class)
                        .entrySet()) {
            while (Disk.current().heldBytes() > 0) {
                Disk.current().trimUnused(-1);
            }
            System.setProperty(FOLDER, folder.getKey());
            String message =
                    assertThrows(folder.getValue(), () -> disk.fit(images(0))).getMessage();
            assertTrue(message.contains("set -D" + FOLDER), message);
            Compare.same(before, disk.params(), "parameters");
        }
        System.clearProperty(FOLDER);
        disk.fit(images(0));
        plain.fit(images(0));
        Compare.same(plain.params(), disk.params(), "after the error");
    }
}
