package org.revlayers.internal.kernel;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.revlayers.internal.kernel.TestArrays.assertUlps;

import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.Tolerances;

/**
 * What the comparisons of native and portable kernels share. Each runs for every instruction set of this machine. Where the build has native
 * kernels, their absence is a failure.
 */
public abstract class KernelTwin<K> {

    protected static final int[] SIZES = {1, 2, 3, 7, 16, 31, 63, 197, 1003, 40_013};

    protected final K java;
    protected final K fast;

    /**
     * Compares the kernels of one family.
     *
     * @param java the portable ones
     * @param fast those that run on this machine
     */
    protected KernelTwin(K java, K fast) {
        this.java = java;
        this.fast = fast;
    }

    protected static Stream<Integer> instructionSets() {
        int best = KernelChoice.isNative() ? NativeRuntime.bestInstructionSet() : 0;
        return IntStream.rangeClosed(0, best).boxed();
    }

    @BeforeEach
    void nativeKernelsArePresent() {
        if (Boolean.getBoolean("revlayers.nativeExpected")) { // by the profile that builds them
            assertTrue(KernelChoice.isNative(), "the native library must load");
        }
        assumeTrue(KernelChoice.isNative(), "no native kernels are built for this platform");
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
