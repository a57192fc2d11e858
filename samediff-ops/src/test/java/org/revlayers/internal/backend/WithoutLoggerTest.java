package org.revlayers.internal.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.FreshJvm;
import org.revlayers.internal.kernel.KernelChoice;
import org.revlayers.internal.kernel.device.Devices;

/** What the start-up report warns of is said on standard error where SLF4J has nobody to tell. */
class WithoutLoggerTest {

    /** Starts ND4J. */
    static final class Start {
        public static void main(String[] args) {
            System.out.println(Nd4j.ones(2).sumNumber() + " " + KernelChoice.name());
        }
    }

    private static FreshJvm.Result start(Map<String, String> environment, String... options) throws Exception {
        return new FreshJvm(environment, options)
                .without(entry -> new File(entry).getName().startsWith("slf4j-simple"))
                .run(Start.class);
    }

    @Test
    void slowBlasIsSaidOnStandardError() throws Exception {
        assumeTrue(Devices.current() == null, "about kernels of the CPU");
        FreshJvm.Result slow = start(Map.of("OPENBLAS_CORETYPE", "Prescott"));
        assertTrue(slow.errors().contains("OpenBLAS takes this CPU for a Prescott"), slow.output());
        assertTrue(slow.errors().contains("revlayers-bom"), slow.output());
    }

    @Test
    void portableKernelsAreSaidOnStandardErrorOnce() throws Exception {
        assumeTrue(Devices.current() == null, "about kernels of the CPU");
        FreshJvm.Result portable = start(Map.of(), "-Drevlayers.kernels=java");
        assertEquals(
                1, portable.errors().lines().filter(l -> l.contains("portable")).count(), portable.output());
    }

    @Test
    void nothingIsSaidWhereAllIsWell() throws Exception {
        FreshJvm.Result well = start(Map.of("OPENBLAS_CORETYPE", "Haswell"));
        assertFalse(well.errors().contains("revlayers"), well.output());
    }
}
