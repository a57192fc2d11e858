package org.revlayers.examples.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import picocli.CommandLine;

/** {@code bench --depth 2,4}: what grows with the depth and what does not, with real worker processes of a small ViT. */
class BenchDepthsTest {

    private static final List<String> METHODS = List.of("plain", "checkpoint", "reversible", "reversible+approx");
    private static final List<Integer> DEPTHS = List.of(2, 4);

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String methods, String depths, String... more) {
        CommandLine line = new CommandLine(new BenchCommand());
        line.setOut(new PrintWriter(out, true));
        line.setErr(new PrintWriter(err, true));
        List<String> all = new ArrayList<>(List.of("--model", "vit-ti16", "--batch", "2", "--size", "64"));
        all.addAll(List.of("--steps", "1", "--methods", methods, "--depth", depths));
        all.addAll(List.of(more));
        return line.execute(all.toArray(String[]::new));
    }

    @Test
    void everyMethodAtEveryDepth() throws IOException {
        assertEquals(0, run(String.join(",", METHODS), "2,4", "--json"), err::toString);
        List<String> lines = out.toString().lines().toList();
        assertEquals(METHODS.size() * DEPTHS.size(), lines.size(), out::toString);
        double[][] kept = new double[METHODS.size()][DEPTHS.size()];
        double[][] peak = new double[METHODS.size()][DEPTHS.size()];
        for (int i = 0; i < lines.size(); i++) {
            JsonNode json = new ObjectMapper().readTree(lines.get(i));
            int method = i % METHODS.size();
            int depth = i / METHODS.size();
            assertEquals(METHODS.get(method), json.get("method").asText(), lines.get(i));
            assertEquals(DEPTHS.get(depth), json.get("depth").asInt(), lines.get(i));
            kept[method][depth] = json.get("keptMiB").asDouble();
            peak[method][depth] = json.get("peakMiB").asDouble();
        }
        double plain = growth(kept[0]);
        assertTrue(plain > 0.5, out::toString);
        for (int depth = 0; depth < DEPTHS.size(); depth++) {
            assertTrue(kept[2][depth] < kept[1][depth] && kept[1][depth] < kept[0][depth], out::toString);
            assertEquals(kept[2][depth], kept[3][depth], 0.01, "codes are of a sub-block that is computed again");
            assertTrue(peak[3][depth] <= peak[2][depth], out::toString);
        }
        assertTrue(growth(kept[1]) < plain / 5, "an input per sub-block: " + out);
        assertTrue(growth(kept[2]) < plain / 40, "side bits: " + out);
    }

    private static double growth(double... byDepth) {
        return byDepth[1] - byDepth[0];
    }

    /** Ratios are to the first method at the same depth, not to the first row. */
    @Test
    void theTableHasARowPerDepth() {
        assertEquals(0, run("plain", "1,3"), err::toString);
        List<String[]> rows = out.toString()
                .lines()
                .filter(l -> l.startsWith("plain "))
                .map(l -> l.split("\\s+"))
                .toList();
        assertEquals(2, rows.size(), out::toString);
        assertEquals(List.of("1", "3"), List.of(rows.get(0)[1], rows.get(1)[1]));
        assertEquals(List.of("1.00x", "1.00x"), List.of(rows.get(0)[6], rows.get(1)[6]), out::toString);
        double kept = Double.parseDouble(rows.get(1)[5]) / Double.parseDouble(rows.get(0)[5]);
        assertTrue(kept > 2 && kept < 3.5, out::toString); // three blocks beside one, and what every depth keeps
    }

    /** A chain has two blocks or more: said before any process starts, for every depth. */
    @Test
    void chainsNeedTwoBlocks() {
        assertEquals(1, run("plain,reversible", "2,1"));
        assertTrue(err.toString().contains("--depth has to be at least 2 for reversible"), err::toString);
        assertTrue(err.toString().contains("got 1"), err::toString);
        assertFalse(err.toString().contains("starting"), err::toString);
    }
}
