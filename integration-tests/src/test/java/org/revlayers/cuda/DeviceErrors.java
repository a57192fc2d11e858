package org.revlayers.cuda;

import static org.revlayers.cuda.Trials.require;

import java.util.List;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.memory.conf.WorkspaceConfiguration;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.Lean;
import org.revlayers.MemoryPlanner;
import org.revlayers.internal.memory.Arena;
import org.revlayers.internal.memory.DeviceMemory;
import org.revlayers.keep.Memory;

/** What a user sees where a device is missing, too new, too small, or one of two: one case a process, for how ND4J starts is decided once. A program. */
public final class DeviceErrors {

    private static final int MORE_THAN_FITS = 1024;

    private DeviceErrors() {}

    /** @param args the case */
    public static void main(String[] args) throws InterruptedException {
        switch (args[0]) {
            case "no-device" -> refuses("NoAvailableBackendException");
            case "new-card" -> refuses("holds code for compute capabilities 3.7 to 8.9 alone");
            case "cpu" -> require(Nd4j.getEnvironment().isCPU(), "the CPU backend runs");
            case "cuda" -> require(!Nd4j.getEnvironment().isCPU(), "the CUDA backend runs");
            case "out-of-memory" -> outOfMemory();
            case "garbage" -> garbage();
            case "two-devices" -> twoDevices();
            case "shared" -> shared();
            default -> throw new IllegalArgumentException("no case " + args[0]);
        }
        System.exit(0);
    }

    /** ND4J does not start. */
    private static void refuses(String why) {
        try {
            Nd4j.create(1);
            require(false, "ND4J does not start");
        } catch (LinkageError e) {
            says(e, why, "ND4J does not start");
        }
    }

    /** Among the causes stands why. */
    private static void says(Throwable error, String why, String what) {
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            if (cause.toString().contains(why)) {
                require(true, what + ": " + cause);
                return;
            }
        }
        error.printStackTrace(System.out);
        require(false, what + ", and the error says " + why);
    }

    /** A step that does not fit changes nothing, and one that fits goes on from there. */
    private static void outOfMemory() {
        MultiLayerNetwork net = Lean.convert(Trials.vit(2, 32), Memory.store()).network();
        DataSet small = Trials.images(1, 2, 32, 10);
        net.fit(small);
        INDArray before = net.params().dup();
        DataSet large = Trials.images(2, MORE_THAN_FITS, 32, 10);
        try {
            net.fit(large);
            require(false, "a batch that does not fit is refused");
        } catch (OutOfMemoryError | RuntimeException e) { // DL4J wraps what a backward pass throws
            says(e, "MemoryPlanner", "a batch that does not fit is refused");
        }
        require(before.equals(net.params()), "parameters are as before");
        net.clear();
        Arena.trimAll();
        net.fit(small);
        require(!before.equals(net.params()), "and a batch that fits trains them");
    }

    /** A replica on the second device reads a batch that was made on the first one: the same numbers. Not shared: ND4J's own ops take such an array once. */
    private static void twoDevices() throws InterruptedException {
        for (Memory memory : List.of(Memory.approx(), Memory.razor(0.9), Memory.checkpoint(), Memory.offload())) {
            MultiLayerNetwork net = Lean.convert(Trials.vit(2, 32), memory).network();
            DataSet batch = Trials.images(1, 2, 32, 10);
            INDArray expected = gradient(net, Trials.images(1, 2, 32, 10));
            MultiLayerNetwork replica = net.clone();
            Throwable[] thrown = new Throwable[1];
            Thread other = new Thread(() -> {
                Nd4j.getAffinityManager().unsafeSetDevice(1);
                require(expected.equals(gradient(replica, batch)), memory + " on the other device");
            });
            other.setUncaughtExceptionHandler((thread, e) -> thrown[0] = e);
            other.start();
            other.join();
            if (thrown[0] != null) {
                thrown[0].printStackTrace(System.out);
            }
            require(thrown[0] == null, memory + " throws nothing there");
        }
    }

    private static INDArray gradient(MultiLayerNetwork net, DataSet batch) {
        return net.calculateGradients(batch.getFeatures(), batch.getLabels(), null, null)
                .getFirst()
                .gradient()
                .dup();
    }

    /** What other processes have on the card is not this one's, which a budget in bytes goes by. */
    private static void shared() {
        long own = DeviceMemory.usedBytes().orElseThrow();
        require(own < 1 << 20, "of 30 GiB that others use " + own + " bytes count as this process's");
        INDArray array = Nd4j.create(DataType.FLOAT, 1 << 20);
        require(DeviceMemory.usedBytes().orElseThrow() - own >= 4 << 20, "what it takes does (" + array.length() + ")");
        String plan = MemoryPlanner.of(Trials.vit(2, 32), Trials.images(1, 2, 32, 10))
                .processBudget("1GiB")
                .solve()
                .toString();
        require(
                plan.matches("(?s)budget 1GiB.* = (9\\d\\d|10[01]\\d)\\.\\d+ MiB of live arrays.*"),
                "a plan for 1 GiB: " + plan);
    }

    /** What nobody reads any more makes room, though the heap has not asked for it. */
    private static void garbage() {
        long free = DeviceMemory.freeBytes().orElseThrow();
        int eighth = (int) (free / 8 / Float.BYTES);
        for (int i = 0; i < 7; i++) {
            Nd4j.createUninitialized(DataType.FLOAT, eighth);
        }
        INDArray array = Arena.current().take(DataType.FLOAT, 4L * eighth);
        require(array.length() == 4L * eighth, "arrays that nobody reads make room");
        Arena.current().give(array);
        try (MemoryWorkspace workspace = Nd4j.getWorkspaceManager()
                .getAndActivateWorkspace(
                        WorkspaceConfiguration.builder()
                                .initialSize(6L * eighth * Float.BYTES)
                                .build(),
                        "large")) {
            require(Nd4j.ones(DataType.FLOAT, 8).sumNumber().intValue() == 8, "and so does what waits in an arena");
        }
    }
}
