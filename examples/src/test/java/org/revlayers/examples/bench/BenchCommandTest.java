package org.revlayers.examples.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import picocli.CommandLine;

/** {@code bench} from its command line, with real worker processes of a tiny size. */
class BenchCommandTest {

    private static final Set<String> FIELDS = Set.of(
            "model",
            "method",
            "batch",
            "depth",
            "stepSeconds",
            "stepSpread",
            "keptMiB",
            "peakMiB",
            "processPeakMiB",
            "backend",
            "blas",
            "threads",
            "budget",
            "predictedPeakMiB",
            "predictedKeptMiB",
            "predictedStepSeconds",
            "memory");

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... arguments) {
        CommandLine line = new CommandLine(new BenchCommand());
        line.setOut(new PrintWriter(out, true));
        line.setErr(new PrintWriter(err, true));
        return line.execute(arguments);
    }

    private static String[] tiny(String methods, String... more) {
        List<String> all = new java.util.ArrayList<>(List.of("--model", "vit-ti16", "--batch", "1"));
        if (!List.of(more).contains("--depth")) {
            all.addAll(List.of("--depth", "1"));
        }
        all.addAll(List.of("--size", "32", "--steps", "1", "--methods", methods));
        all.addAll(List.of(more));
        return all.toArray(String[]::new);
    }

    @Test
    void writesOneJsonLinePerMethodAndApproxKeepsLess() throws Exception {
        double[] kept = kept("vit-ti16", 1, tiny("plain,approx,stock-samediff,stock-dl4j", "--json"));
        assertTrue(kept[1] < kept[0], "approx keeps " + kept[1] + " MiB, plain " + kept[0]);
        assertTrue(kept[1] < kept[2], "approx keeps " + kept[1] + " MiB, stock SameDiff " + kept[2]);
    }

    @Test
    void resNet50OfStockLayersAndItsConversions() throws Exception {
        double[] kept = kept("resnet50", 16, tinyResNet("stock-dl4j,plain,reversible,checkpoint", "--json"));
        assertTrue(kept[2] < kept[1], "reversible keeps " + kept[2] + " MiB, plain " + kept[1]);
        assertTrue(kept[2] < kept[0], "reversible keeps " + kept[2] + " MiB, stock DL4J " + kept[0]);
    }

    @Test
    void aTextEncoderHasTokensForPixels() throws Exception {
        String[] line = {"--model", "minilm", "--depth", "2", "--batch", "2", "--size", "9", "--steps", "1"};
        double[] kept = kept(
                "minilm",
                2,
                Stream.concat(Stream.of(line), Stream.of("--methods", "plain,recompute", "--json"))
                        .toArray(String[]::new));
        assertTrue(kept[1] < kept[0], "recompute keeps " + kept[1] + " MiB, plain " + kept[0]);
    }

    @Test
    void aPlanHasALinePerBudgetWithWhatItPredicted() throws Exception {
        String[] budgets = {"90%", "1GiB"};
        assertEquals(0, run(tiny("plain,plan", "--budget", String.join(",", budgets), "--json")), err::toString);
        List<String> lines = out.toString().lines().toList();
        assertEquals(3, lines.size(), out::toString);
        ObjectMapper mapper = new ObjectMapper();
        assertTrue(mapper.readTree(lines.get(0)).get("budget").isNull(), lines.get(0));
        assertTrue(mapper.readTree(lines.get(0)).get("predictedPeakMiB").isNull(), lines.get(0));
        for (int i = 0; i < budgets.length; i++) {
            JsonNode json = mapper.readTree(lines.get(i + 1));
            assertEquals("plan@" + budgets[i], json.get("method").asText());
            assertEquals(budgets[i], json.get("budget").asText());
            double predicted = json.get("predictedPeakMiB").asDouble();
            assertEquals(predicted, json.get("peakMiB").asDouble(), 0.03 * predicted, lines.get(i + 1));
            assertTrue(json.get("predictedKeptMiB").asDouble() > 0, lines.get(i + 1));
            assertTrue(json.get("predictedStepSeconds").asDouble() > 0, lines.get(i + 1));
        }
    }

    @Test
    void anOptionThatNoMethodReadsIsNamed() {
        assertEquals(
                0,
                run(tiny(
                        "plain,recompute",
                        "--gamma",
                        "0.25",
                        "--prune",
                        "0.5",
                        "--coefficients",
                        "1,0.25",
                        "--keep",
                        "0.5")),
                err::toString);
        List<String> warnings =
                err.toString().lines().filter(l -> l.startsWith("warning")).toList();
        assertEquals(4, warnings.size(), err::toString);
        assertTrue(
                warnings.contains("warning: --prune is for --method razor; plain,recompute does not use it"),
                warnings::toString);
    }

    private static String[] tinyResNet(String methods, String... more) {
        List<String> all = new java.util.ArrayList<>(List.of("--model", "resnet50", "--batch", "2", "--size", "33"));
        all.addAll(List.of("--steps", "1", "--methods", methods));
        all.addAll(List.of(more));
        return all.toArray(String[]::new);
    }

    /** Runs a comparison, checks its lines, and returns what each method keeps. */
    private double[] kept(String model, int depth, String... arguments) throws Exception {
        String[] methods = arguments[List.of(arguments).indexOf("--methods") + 1].split(",");
        assertEquals(0, run(arguments), err::toString);
        List<String> lines = out.toString().lines().toList();
        assertEquals(methods.length, lines.size(), out::toString);
        double[] kept = new double[methods.length];
        for (int i = 0; i < kept.length; i++) {
            JsonNode json = new ObjectMapper().readTree(lines.get(i));
            Set<String> names = new LinkedHashSet<>();
            json.fieldNames().forEachRemaining(names::add);
            assertEquals(FIELDS, names);
            assertEquals(methods[i], json.get("method").asText());
            assertEquals(model, json.get("model").asText());
            assertEquals(depth, json.get("depth").asInt());
            for (String positive : List.of("stepSeconds", "keptMiB", "peakMiB")) {
                assertTrue(json.get(positive).asDouble() > 0, lines.get(i));
            }
            kept[i] = json.get("keptMiB").asDouble();
        }
        return kept;
    }

    /** Complaint: a saving that nobody can see in a tool (memcnn #37). */
    @Test
    void aBudgetThatNothingFitsLeavesTheOthers() {
        assertEquals(1, run(tiny("plan", "--budget", "1KiB,1GiB", "--json")), err::toString);
        List<String> lines = out.toString().lines().toList();
        assertEquals(1, lines.size(), out::toString);
        assertTrue(lines.get(0).contains("plan@1GiB"), out::toString);
        assertTrue(err.toString().contains("plan@1KiB is left out"), err::toString);
        assertTrue(err.toString().contains("no plan fits 1.00 KiB"), err::toString);
        assertFalse(err.toString().contains("ran out of memory"), err::toString);
    }

    @Test
    void theSavingIsVisibleInTheTable() throws Exception {
        assertEquals(0, run(tiny("plain,reversible", "--depth", "3")), err::toString);
        String header = out.toString()
                .lines()
                .filter(l -> l.startsWith("method"))
                .findFirst()
                .orElseThrow();
        String row = out.toString()
                .lines()
                .filter(l -> l.startsWith("reversible "))
                .findFirst()
                .orElseThrow();
        int end = header.indexOf("kept MiB : first") + "kept MiB : first".length();
        String ratio = row.substring(0, end).replaceAll(".* ", "");
        assertTrue(ratio.endsWith("x"), row);
        assertTrue(Double.parseDouble(ratio.substring(0, ratio.length() - 1)) < 0.6, out::toString);
    }

    @Test
    void aFailingWorkerIsAnErrorThatNamesIt() {
        // The size passes the parent's checks; a billion patches do not fit into any machine.
        assertEquals(
                1,
                run("--model", "vit-ti16", "--depth", "1", "--batch", "1", "--size", "800000", "--methods", "plain"));
        assertTrue(err.toString().contains("plain, depth 1, round 1/2"), err::toString);
        assertTrue(err.toString().contains("exit code"), err::toString);
    }

    @Test
    void wrongArgumentsNameTheRemedyWithoutAnyProcess() {
        assertFalse(run(tiny("plane")) == 0);
        assertTrue(err.toString().contains("--methods knows plain, approx"), err::toString);
        assertFalse(run("--model", "vit-ti16", "--size", "30") == 0);
        assertTrue(err.toString().contains("multiple of 16; got 30"), err::toString);
        assertFalse(run(tinyResNet("plain,approx")) == 0);
        assertTrue(
                err.toString()
                        .contains(
                                "reversible-fixed, reversible-random, razor, in-place, half, int8, plan, memory and stock-dl4j; got approx"),
                err::toString);
        assertFalse(run(tinyResNet("plain", "--depth", "12")) == 0);
        assertTrue(err.toString().contains("resnet50 has 16 blocks; got 12"), err::toString);
        assertFalse(run(tiny("plain,in-place")) == 0);
        assertTrue(err.toString().contains("in-place is for batch normalisation"), err::toString);
        assertFalse(run(tiny("plan@much")) == 0);
        assertTrue(err.toString().contains("--methods plan@much"), err::toString);
        assertFalse(run(tiny("plain", "--rounds", "3")) == 0);
        assertTrue(err.toString().contains("--rounds at most that"), err::toString);
    }
}
