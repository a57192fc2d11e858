package org.revlayers.internal.backend;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import lombok.extern.slf4j.Slf4j;
import org.bytedeco.javacpp.Loader;
import org.nd4j.linalg.api.environment.Nd4jEnvironment;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.kernel.KernelChoice;
import org.revlayers.internal.kernel.Warnings;
import org.revlayers.internal.kernel.linear.Gemm;
import org.revlayers.internal.machine.NativeFiles;

/**
 * One line about what runs underneath, logged once when ND4J starts: the same program is four times slower with the wrong binaries, and
 * nothing else tells.
 *
 * <pre>revlayers: backend CPU, BLAS core Cooperlake, ND4J binary linux-x86_64-onednn-avx2, kernels native avx512 (2 threads), gemm nd4j, 2 threads</pre>
 *
 * <p>Any slow part is a warning of its own that names the remedy.
 */
@Slf4j
public final class StartupReport {

    private static boolean logged;

    private StartupReport() {}

    /** The line; ND4J is started if it was not. */
    public static String line() {
        return "revlayers: backend " + backend() + cards() + ", BLAS core " + BlasCore.name() + ", ND4J binary "
                + binary() + ", kernels " + kernels() + ", gemm " + Gemm.name() + ", " + threads() + " threads";
    }

    /** The names of the cards: times that were measured on one are not another's. */
    private static String cards() {
        Object devices = backend().equals("CPU")
                ? null
                : Nd4j.getExecutioner().getEnvironmentInformation().get(Nd4jEnvironment.CUDA_DEVICE_INFORMATION_KEY);
        return devices instanceof List<?> list
                ? list.stream()
                        .map(device -> String.valueOf(((Map<?, ?>) device).get(Nd4jEnvironment.CUDA_DEVICE_NAME_KEY)))
                        .collect(Collectors.joining(", ", " (", ")"))
                : "";
    }

    private static String kernels() {
        return backend().equals("CPU") || !KernelChoice.isOnDevice()
                ? KernelChoice.name()
                : "of the device (for what it has none: " + KernelChoice.name() + ")";
    }

    /** What is slower than it has to be, and what to do about it; empty if all is well. */
    public static List<String> warnings() {
        return warnings(backend(), BlasCore.name(), binary(), KernelChoice.name());
    }

    static List<String> warnings(String backend, String core, String binary, String kernels) {
        List<String> warnings = new ArrayList<>();
        if (!backend.equals("CPU")) {
            return warnings;
        }
        if (BlasCore.isSlow(core)) {
            warnings.add(
                    "OpenBLAS takes this CPU for a " + core + ": matrix products run at about a fifth of their speed."
                            + " Import org.revlayers:revlayers-bom, or put org.bytedeco:openblas:0.3.31-1.5.13 and"
                            + " org.bytedeco:javacpp:1.5.13 on the class path in place of ND4J's own.");
        }
        if (binary.contains("x86_64") && !binary.contains("avx")) {
            warnings.add("ND4J runs its generic binary (" + binary
                    + "): convolutions and element-wise ops are several times slower."
                    + " Import org.revlayers:revlayers-bom, or use org.nd4j:nd4j-native with classifier "
                    + Loader.getPlatform() + "-onednn-avx2 as the only native binary.");
        }
        if (kernels.startsWith("java")) {
            warnings.add("The portable Java kernels run: several times slower than the native ones."
                    + " Build samediff-ops with g++ on this platform, or drop -Drevlayers.kernels=java.");
        }
        return warnings;
    }

    /** Logs the line at INFO and each warning at WARN, the first time it is called; never throws. */
    static synchronized void log() {
        if (logged) {
            return;
        }
        logged = true;
        try {
            if (Boolean.parseBoolean(System.getProperty("org.nd4j.log.initialization", "true"))) {
                log.info(line());
            }
            boolean chosen = System.getProperty("revlayers.kernels") != null; // else the choice has said why
            String kernels = chosen ? KernelChoice.name() : "";
            warnings(backend(), BlasCore.name(), binary(), kernels).forEach(text -> Warnings.warn(log, text));
        } catch (RuntimeException | LinkageError e) {
            Warnings.warn(log, "No start-up report: " + e);
        }
    }

    /** {@code CPU} or {@code CUDA}. */
    public static String backend() {
        return Nd4j.getEnvironment().isCPU() ? "CPU" : "CUDA";
    }

    /** Threads that operations run on. */
    public static int threads() {
        return Nd4j.getEnvironment().maxThreads();
    }

    /** The core that OpenBLAS took this CPU for. */
    public static String blasCore() {
        return BlasCore.name();
    }

    /** Platform and variant of ND4J's running library. */
    public static String binary() {
        return NativeFiles.nd4jBinary();
    }
}
