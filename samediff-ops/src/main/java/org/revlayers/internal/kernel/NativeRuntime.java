package org.revlayers.internal.kernel;

import static org.revlayers.internal.kernel.Buffers.address;
import static org.revlayers.internal.kernel.NativeCall.run;

import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The native library as a whole: its instruction set (SSE2, AVX2 or AVX-512, picked at run time) and its OpenMP threads. The library is compiled by
 * Maven and travels in the jar. Every method throws a LinkageError where there is none for this platform.
 */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
public final class NativeRuntime {

    private static final String[] INSTRUCTION_SETS = {"base", "avx2", "avx512"};

    /** What runs: for example {@code native avx512 (2 threads)}. */
    public static String name() {
        return "native " + INSTRUCTION_SETS[NativeLibrary.rl_isa()] + " (" + NativeLibrary.rl_threads() + " threads)";
    }

    /** Limits the instruction set to base (0), avx2 (1) or avx512 (2), for tests and comparisons. Process-wide. */
    public static void limitInstructionSet(int level) {
        NativeLibrary.rl_set_isa(level);
    }

    /** The best instruction set of this machine, as in {@link #limitInstructionSet}. */
    public static int bestInstructionSet() {
        return NativeLibrary.rl_best_isa();
    }

    /** Sets how many threads the calling thread's kernels use. */
    public static void setThreads(int threads) {
        NativeLibrary.rl_set_threads(threads);
    }

    /**
     * The CPU core that an OpenBLAS library works for, in its own words.
     *
     * @param library path of the loaded library
     * @return empty if it is not loaded or does not tell
     */
    public static String blasCore(String library) {
        return NativeLibrary.rl_blas_core(library);
    }

    /**
     * Has idle threads of an OpenBLAS library sleep after so short a time. Before a product runs there.
     *
     * @param library path of the loaded library
     * @param bits    log₂ of the processor cycles
     * @return whether it does so now; not if the environment has {@code OPENBLAS_THREAD_TIMEOUT}
     */
    public static boolean restBlas(String library, int bits) {
        return NativeLibrary.rl_blas_rest(library, bits);
    }

    /** Copies {@code to = from} with all threads: the measure of the machine's bandwidth. */
    public static void copy(INDArray from, INDArray to) {
        Buffers.required("to", to, Buffers.contiguous("from", from).length(), from.dataType());
        run(() -> NativeLibrary.rl_copy(
                address(from), address(to), from.length() * from.dataType().width()));
    }
}
