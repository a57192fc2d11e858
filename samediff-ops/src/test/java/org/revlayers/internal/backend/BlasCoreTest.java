package org.revlayers.internal.backend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.kernel.KernelChoice;
import org.revlayers.internal.kernel.NativeRuntime;
import org.revlayers.internal.machine.NativeFiles;

/** OpenBLAS's idle threads are told to sleep, and work as before. */
class BlasCoreTest {

    private static INDArray product(INDArray a, INDArray b) {
        return Nd4j.gemm(a, b, false, false);
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void productsAreTheSameAfterIt() {
        assumeTrue(StartupReport.backend().equals("CPU") && KernelChoice.name().startsWith("native"));
        assumeTrue(System.getenv("OPENBLAS_THREAD_TIMEOUT") == null);
        INDArray a = Nd4j.linspace(DataType.DOUBLE, -1.0, 0.001, 300L * 200).reshape('f', 300, 200);
        INDArray b = Nd4j.linspace(DataType.DOUBLE, -2.0, 0.001, 200L * 250).reshape('f', 200, 250);
        double[] before = product(a, b).dup('c').data().asDouble();
        String library = NativeFiles.path("openblas_nolapack");
        assertNotNull(library, "ND4J has loaded it");
        int threads = StartupReport.threads();
        for (int i = 0; i < 3; i++) {
            assertTrue(NativeRuntime.restBlas(library, 16), "it has what is called");
            assertArrayEquals(before, product(a, b).dup('c').data().asDouble(), 1e-9, "a product");
        }
        assertEquals(threads, StartupReport.threads());
        assertEquals(null, System.getenv("OPENBLAS_THREAD_TIMEOUT"), "the environment is the user's");
        assertFalse(NativeRuntime.restBlas("/nowhere/libopenblas.so", 16), "what is not loaded");
    }
}
