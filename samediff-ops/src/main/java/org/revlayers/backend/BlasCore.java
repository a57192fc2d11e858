package org.revlayers.backend;

import java.util.List;
import java.util.Locale;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;

/**
 * Which CPU core OpenBLAS took this machine for. Its Java presets do not map {@code openblas_get_corename}, so the answer is read from
 * the library's own table: the variable {@code gotoblas} points at one of the tables {@code gotoblas_HASWELL}, {@code gotoblas_ZEN} and so on.
 *
 * <p>Only dynamic-architecture builds (all of Bytedeco's for x86-64 and arm64) have these symbols; otherwise the name is unknown.
 */
final class BlasCore {

    static final String UNKNOWN = "unknown";

    private static final List<String> CORES = List.of(
            "SAPPHIRERAPIDS",
            "COOPERLAKE",
            "SKYLAKEX",
            "ZEN",
            "HASWELL",
            "EXCAVATOR",
            "STEAMROLLER",
            "PILEDRIVER",
            "BULLDOZER",
            "SANDYBRIDGE",
            "BARCELONA",
            "NEHALEM",
            "CORE2",
            "PRESCOTT",
            "ATHLON",
            "BANIAS",
            "NORTHWOOD",
            "KATMAI",
            "COPPERMINE",
            "NEOVERSEV1",
            "NEOVERSEN2",
            "NEOVERSEN1",
            "ARMV8SVE",
            "CORTEXA57",
            "CORTEXA72",
            "CORTEXA73",
            "ARMV8",
            "POWER9",
            "POWER10",
            "POWER8");

    private BlasCore() {}

    /** For example {@code Haswell}. */
    static String name() {
        try {
            String path = NativeFiles.path("openblas");
            if (path != null) {
                Loader.loadGlobal(path); // makes the symbols of the library, which is loaded already, visible
            }
            Pointer variable = Loader.addressof("gotoblas");
            if (variable == null || variable.isNull()) {
                return UNKNOWN;
            }
            long table = new LongPointer(variable).get();
            for (String core : CORES) {
                Pointer candidate = Loader.addressof("gotoblas_" + core);
                if (candidate != null && candidate.address() == table) {
                    return core.charAt(0) + core.substring(1).toLowerCase(Locale.ROOT);
                }
            }
        } catch (RuntimeException | LinkageError e) {
            return UNKNOWN;
        }
        return UNKNOWN;
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
