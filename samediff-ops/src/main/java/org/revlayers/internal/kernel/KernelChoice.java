package org.revlayers.internal.kernel;

import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import lombok.extern.slf4j.Slf4j;
import org.bytedeco.javacpp.Loader;

/**
 * Whether the native kernels run in this process: decided once, when a kernel is first asked for, with a word about why if not.
 * {@code -Drevlayers.kernels=java} forces the portable ones,
 * {@code native} those of the host also where arrays live on a device.
 */
@Slf4j
@NoArgsConstructor(access = AccessLevel.PRIVATE)
public final class KernelChoice {

    private static final String WANTED = System.getProperty("revlayers.kernels", "device");

    /** Whether FLOAT goes to the native library. */
    private static final boolean NATIVE = choose(WANTED);

    /** What runs: for example {@code native avx512 (2 threads)} or {@code java}. */
    public static String name() {
        return NATIVE ? NativeRuntime.name() : "java";
    }

    /** Whether the native kernels run. */
    public static boolean isNative() {
        return NATIVE;
    }

    /** Whether the kernels of a device run, if arrays live on one. */
    public static boolean isOnDevice() {
        return WANTED.equals("device");
    }

    private static boolean choose(String wanted) {
        if (wanted.equals("java")) {
            return false;
        }
        if (!wanted.equals("native") && !wanted.equals("device")) {
            throw new IllegalArgumentException("-Drevlayers.kernels is device, native or java, not " + wanted);
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
