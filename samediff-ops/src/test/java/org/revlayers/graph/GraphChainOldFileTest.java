package org.revlayers.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.File;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A graph that a release with version 1 of the chains' settings saved: chains {@code reverse}, {@code checkpoint} and {@code store}, each of
 * tanh(u·w) and, without residual edge, GELU at (1/2, 1/4) with 18 bits, and {@code zero} of u² at (0, 1), which starts at y = 0.
 */
class GraphChainOldFileTest {

    /** Rounding of tanh and GELU, which another machine may do otherwise. */
    private static final double TOLERANCE = 1e-4;

    @TempDir
    Path folder;

    @Test
    void version1IsReadAsItWasMeant() throws Exception {
        File file = folder.resolve("old.fb").toFile();
        try (InputStream in = getClass().getResourceAsStream("chain-version1.fb")) {
            Files.copy(in, file.toPath());
        }
        SameDiff sd = SameDiff.load(file, true);
        Map<String, INDArray> x =
                Map.of("x", Nd4j.linspace(-1, 1, 8, DataType.FLOAT).reshape(2, 4));
        assertArrayEquals(
                new float[] {
                    0.0015153885f,
                    0.017028809f,
                    0.045405388f,
                    0.07479286f,
                    0.7657318f,
                    5.3047295f,
                    9.854733f,
                    13.617131f
                },
                sd.outputSingle(x, "zero").dup('c').data().asFloat(),
                (float) TOLERANCE);
        Map<String, INDArray> d = sd.calculateGradients(x, "reverse/a/w", "checkpoint/a/w", "store/a/w");
        assertEquals(8.43968, d.get("reverse/a/w").norm2Number().doubleValue(), TOLERANCE);
        assertEquals(5.33846, d.get("checkpoint/a/w").norm2Number().doubleValue(), TOLERANCE);
        assertEquals(6.74629, d.get("store/a/w").norm2Number().doubleValue(), TOLERANCE);
    }
}
