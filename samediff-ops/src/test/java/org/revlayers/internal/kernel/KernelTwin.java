package org.revlayers.internal.kernel;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.revlayers.internal.kernel.TestArrays.assertUlps;

import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.Tolerances;
import org.revlayers.internal.kernel.device.Device;
import org.revlayers.internal.kernel.device.Devices;
import org.revlayers.internal.kernel.device.EmulatedDevice;

/**
 * What the comparisons of native and portable kernels share. Each runs for every instruction set of this machine. Where the build has native
 * kernels, their absence is a failure.
 */
public abstract class KernelTwin<K> {

    protected static final int[] SIZES = {1, 2, 3, 7, 16, 31, 63, 197, 1003, 40_013};

    /** Beside the instruction sets: the kernels of a device, emulated. */
    protected static final int EMULATED = 3;

    protected final K java;
    protected K fast;
    private final K onHost;
    private final K emulated;

    /**
     * Compares the kernels of one family.
     *
     * @param java     the portable ones
     * @param fast     those that run on this machine
     * @param emulated makes those of a device, given the device and what runs for those that it lacks
     */
    protected KernelTwin(K java, K fast, BiFunction<Device, K, K> emulated) {
        this.java = java;
        this.fast = fast;
        this.onHost = fast;
        this.emulated = EmulatedDevice.DEVICE == null ? null : emulated.apply(EmulatedDevice.DEVICE, fast);
    }

    /** What to compare: the instruction sets of this machine and the emulated device; one where arrays live on a device. */
    protected static Stream<Integer> instructionSets() {
        if (Devices.current() != null) {
            return Stream.of(0);
        }
        int best = KernelChoice.isNative() ? NativeRuntime.bestInstructionSet() : 0;
        return IntStream.concat(
                        IntStream.rangeClosed(0, best),
                        EmulatedDevice.DEVICE == null ? IntStream.empty() : IntStream.of(EMULATED))
                .boxed();
    }

    /** Takes one of {@link #instructionSets} for {@link #fast}. */
    protected void on(int isa) {
        fast = isa == EMULATED ? emulated : onHost;
        if (Devices.current() == null) {
            NativeRuntime.limitInstructionSet(Math.min(isa, NativeRuntime.bestInstructionSet()));
        }
    }

    @BeforeEach
    void nativeKernelsArePresent() {
        if (Boolean.getBoolean("revlayers.nativeExpected")) { // by the profile that builds them
            assertTrue(KernelChoice.isNative(), "the native library must load");
            assertNotNull(EmulatedDevice.DEVICE, "the library of emulated device kernels must load");
        }
        assumeTrue(
                KernelChoice.isNative() || Devices.current() != null, "no native kernels are built for this platform");
    }

    @AfterEach
    void restore() {
        if (KernelChoice.isNative()) {
            NativeRuntime.limitInstructionSet(NativeRuntime.bestInstructionSet());
            NativeRuntime.setThreads(Runtime.getRuntime().availableProcessors());
        }
    }

    /** Runs the portable kernels, then the native ones, and compares the first results with the second. */
    protected void both(Function<K, List<INDArray>> run, BiConsumer<List<INDArray>, List<INDArray>> compare) {
        compare.accept(run.apply(java), run.apply(fast));
    }

    protected static void assertAllSums(List<INDArray> expected, List<INDArray> actual, String what) {
        for (int i = 0; i < expected.size(); i++) {
            assertSums(expected.get(i), actual.get(i), what + ", output " + i);
        }
    }

    /** Sums over a row or a column: ulps of the largest number, for that is what was added to. */
    protected static void assertSums(INDArray expected, INDArray actual, String what) {
        double largest = Math.max(1, expected.amaxNumber().doubleValue());
        assertUlps(expected, actual, Tolerances.SUM_ULPS, largest, what);
    }
}
