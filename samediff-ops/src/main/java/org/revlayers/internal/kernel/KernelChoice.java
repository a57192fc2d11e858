package org.revlayers.internal.kernel;

import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import lombok.extern.slf4j.Slf4j;
import org.bytedeco.javacpp.Loader;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Whether the native kernels run in this process: decided once, when a kernel is first asked for, with a word about why if not.
 * {@code -Drevlayers.kernels=java} forces the portable ones.
 */
@Slf4j
@NoArgsConstructor(access = AccessLevel.PRIVATE)
public final class KernelChoice {

    /** Whether FLOAT goes to the native library. */
    static final boolean NATIVE = choose(System.getProperty("revlayers.kernels", "native"));

    /** Not known before ND4J has started, which asks for the kernels' name on the way. */
    private static volatile Boolean host;

    /** What runs: for example {@code native avx512 (2 threads)} or {@code java}. */
    public static String name() {
        return NATIVE ? NativeRuntime.name() : "java";
    }

    /** Whether the native kernels run. */
    public static boolean isNative() {
        return NATIVE;
    }

    /**
     * These kernels, where they can run.
     *
     * @throws IllegalStateException if ND4J's arrays are not in host memory
     */
    public static <K> K onHost(K kernels) {
        Boolean known = host;
        if (known == null) {
            known = Nd4j.getEnvironment().isCPU();
            host = known;
        }
        requireHost(known);
        return kernels;
    }

    /** Throws unless arrays are in host memory. */
    static void requireHost(boolean host) {
        if (!host) {
            throw new IllegalStateException(
                    "the kernels of revlayers read host memory, and ND4J runs on a device: take nd4j-cuda"
                            + " off the class path, or set the environment variable BACKEND_PRIORITY_CPU above BACKEND_PRIORITY_GPU");
        }
    }

    private static boolean choose(String wanted) {
        if (wanted.equals("java")) {
            return false;
        }
        if (!wanted.equals("native")) {
            throw new IllegalArgumentException("-Drevlayers.kernels is native or java, not " + wanted);
        }
        try {
            NativeLibrary.rl_isa();
            return true;
        } catch (LinkageError e) {
            Warnings.warn(
                    log, "The portable Java kernels run, several times slower than the native ones: " + reason(e));
            return false;
        }
    }

    /** Why the library did not load, and what to do. */
    static String reason(Throwable error) {
        Throwable cause = error;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        String file = Loader.getPlatform() + "/" + System.mapLibraryName("jnirevlayers");
        return KernelChoice.class.getResource(file) == null
                ? "there are none for " + Loader.getPlatform()
                        + " in this jar. Build samediff-ops with g++ on this platform to get them."
                : "the library is here and does not load (" + cause.getMessage()
                        + "). Set -Dorg.bytedeco.javacpp.cachedir to a folder that is writable and not mounted noexec.";
    }
}
