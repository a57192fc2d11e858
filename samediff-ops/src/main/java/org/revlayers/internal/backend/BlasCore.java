package org.revlayers.internal.backend;

import java.util.List;
import lombok.extern.slf4j.Slf4j;
import org.revlayers.internal.kernel.NativeRuntime;
import org.revlayers.internal.machine.NativeFiles;

/**
 * Which CPU core OpenBLAS took this machine for. Its Java presets do not map {@code openblas_get_corename}, so our native library asks for
 * it. The symbols of OpenBLAS must stay local: two copies are loaded, and if one sees the other's symbols, every product loses a buffer.
 */
@Slf4j
final class BlasCore {

    static final String UNKNOWN = "unknown";

    /** ND4J's products run in the first. */
    private static final List<String> LIBRARIES = List.of("openblas_nolapack", "openblas");

    private static final int REST_BITS = 16;

    private BlasCore() {}

    /**
     * Has idle threads of OpenBLAS sleep. After a product each looks for another one for 2²⁶ cycles, some 25 ms, on a core that OpenMP's threads wait for: a step has a few products of
     * Deeplearning4j's own, and on two cores the others took a tenth longer (ResNet-50, batch 8: 1.24 s a step, 1.11 s with this).
     */
    static void rest() {
        try {
            for (String name : LIBRARIES) {
                String library = NativeFiles.path(name);
                if (library != null) {
                    NativeRuntime.restBlas(library, REST_BITS);
                }
            }
        } catch (LinkageError e) {
            log.debug("OpenBLAS's threads stay as they are", e);
        }
    }

    /** For example {@code Haswell}. */
    static String name() {
        try {
            for (String name : LIBRARIES) {
                String library = NativeFiles.path(name);
                String core = library == null ? "" : NativeRuntime.blasCore(library);
                if (!core.isEmpty()) {
                    return core;
                }
            }
            return UNKNOWN;
        } catch (LinkageError e) {
            return UNKNOWN;
        }
    }

    /** Whether ten-year-old machines already had better: no AVX2 kernels. */
    static boolean isSlow(String core) {
        return List.of(
                        "Prescott",
                        "Core2",
                        "Nehalem",
                        "Sandybridge",
                        "Barcelona",
                        "Athlon",
                        "Banias",
                        "Northwood",
                        "Katmai",
                        "Coppermine",
                        "Armv8")
                .contains(core);
    }
}
