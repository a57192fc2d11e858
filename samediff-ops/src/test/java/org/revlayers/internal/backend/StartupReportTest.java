package org.revlayers.internal.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.kernel.device.Devices;

class StartupReportTest {

    @Test
    void ourExecutionerRuns() {
        String device = Devices.current() == null ? "Cpu" : "Cuda";
        assertEquals(
                "Revlayers" + device + "Executioner",
                Nd4j.getExecutioner().getClass().getSimpleName());
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void namesWhatRuns() {
        String line = StartupReport.line();
        System.out.println(line);
        if (Devices.current() != null) {
            assertTrue(
                    line.matches(
                            "revlayers: backend CUDA \\(.+\\), .+, kernels of the device .+, gemm of the device, .+"),
                    line);
            return;
        }
        assertTrue(
                line.matches(
                        "revlayers: backend CPU, BLAS core [\\w ()]+, ND4J binary linux-[\\w-]+, kernels .+, gemm nd4j, \\d+ threads"),
                line);
        assertTrue(!line.contains("unknown") || line.contains("kernels java"), line); // native code asks OpenBLAS
    }

    @Test
    void everySlowPartIsAWarningWithARemedy() {
        assertEquals(List.of(), StartupReport.warnings("CPU", "Haswell", "linux-x86_64-onednn-avx2", "native avx2"));
        assertOne(
                StartupReport.warnings("CPU", "Prescott", "linux-x86_64-onednn-avx2", "native avx2"),
                "openblas:0.3.31-1.5.13");
        assertOne(StartupReport.warnings("CPU", "Haswell", "linux-x86_64", "native avx2"), "onednn-avx2");
        assertOne(StartupReport.warnings("CPU", "Haswell", "linux-x86_64-onednn-avx2", "java"), "g++");
    }

    private static void assertOne(List<String> warnings, String remedy) {
        assertEquals(1, warnings.size(), warnings.toString());
        assertTrue(warnings.get(0).contains(remedy), warnings.get(0));
    }
}
