package org.revlayers.internal.backend;

import java.util.List;
import org.revlayers.internal.kernel.NativeRuntime;
import org.revlayers.internal.machine.NativeFiles;

/**
 * Which CPU core OpenBLAS took this machine for. Its Java presets do not map {@code openblas_get_corename}, so our native library asks for
 * it. The symbols of OpenBLAS must stay local: two copies are loaded, and if one sees the other's symbols, every product loses a buffer.
 */
final class BlasCore {

    static final String UNKNOWN = "unknown";

    private BlasCore() {}

    /** For example {@code Haswell}. */
    static String name() {
        try {
            for (String name : List.of("openblas_nolapack", "openblas")) { // ND4J's products run in the first
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
