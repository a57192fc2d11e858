package org.revlayers.examples.ode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.revlayers.chain.OdeSolver;
import org.revlayers.examples.CommandRun;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;

/** The spiral is learnt, drawn and measured. */
class OdeCommandTest {

    @TempDir
    private Path folder;

    @ParameterizedTest
    @EnumSource(OdeSolver.class)
    void fitsDrawsAndMeasures(OdeSolver solver) throws Exception {
        Path picture = folder.resolve("spiral.svg");
        CommandRun run = CommandRun.of(
                "ode",
                "--solver",
                solver.toString(),
                "--iterations",
                "40",
                "--steps",
                "3",
                "--out",
                picture.toString());
        assertEquals(0, run.code(), run.err());
        double before = loss(run.line("iteration 0:"));
        double after = loss(run.line("iteration 40:"));
        assertTrue(after < before / 5, before + " → " + after);
        assertTrue(run.line("trajectory:").contains("999 solves"), run.out());
        Document svg;
        try (var in = Files.newInputStream(picture)) {
            svg = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(in);
        }
        NodeList lines = svg.getElementsByTagName("polyline");
        assertEquals(2, lines.getLength());
        for (int i = 0; i < 2; i++) {
            String points = lines.item(i).getAttributes().getNamedItem("points").getNodeValue();
            assertEquals(1000, points.split(" ").length);
        }
        List<String[]> rows = run.out()
                .lines()
                .dropWhile(line -> !line.startsWith("kept"))
                .skip(2)
                .map(line -> line.strip().replace(",", "").split("\\s+"))
                .toList();
        assertEquals(
                List.of("10", "40", "160"), rows.stream().map(row -> row[0]).toList());
        rows.forEach(row -> assertEquals("15840", row[1])); // 990 points of two coordinates, 8 bytes each
        assertTrue(Long.parseLong(rows.get(2)[2]) > 10 * Long.parseLong(rows.get(0)[2]), run.out());
    }

    private static double loss(String line) {
        return Double.parseDouble(line.replaceFirst(".*loss ", ""));
    }

    @ParameterizedTest
    @CsvSource({"--steps, 0", "--iterations, 0", "--out, no/such/folder/spiral.svg"})
    void saysWhatIsWrong(String option, String value) {
        CommandRun run = CommandRun.of("ode", option, value);
        assertEquals(2, run.code());
        assertTrue(run.err().contains(option), run.err());
    }

    /** Ours is the gradient of what was computed; a continuous adjoint's comes near it in short steps. */
    @ParameterizedTest
    @EnumSource(OdeSolver.class)
    void theAdjointsGradientIsAnotherOne(OdeSolver solver) {
        AdjointComparison.Errors coarse = new AdjointComparison(solver, 1, 4).errors();
        AdjointComparison.Errors fine = new AdjointComparison(solver, 1, 8).errors();
        assertTrue(coarse.exact() < 1e-8 && fine.exact() < 1e-8, coarse + ", " + fine);
        assertTrue(coarse.integers() < 1e-4, coarse.toString());
        assertTrue(fine.adjoint() > 1000 * fine.exact(), fine.toString());
        assertTrue(fine.adjoint() < coarse.adjoint() / 2, coarse + ", " + fine);
        assertTrue(fine.exactTrue() < coarse.exactTrue() / 2, coarse + ", " + fine);
    }

    @Test
    void theTrueSpiralGoesInwards() {
        Spiral spiral = Spiral.fromTruth();
        assertEquals(2, spiral.start().norm2Number().doubleValue(), 1e-6);
        double end = spiral.points().getRow(999).norm2Number().doubleValue();
        assertTrue(end > 0.1 && end < 1, "ends at a distance of " + end);
    }
}
