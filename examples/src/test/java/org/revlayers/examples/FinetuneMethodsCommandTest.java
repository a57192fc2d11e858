package org.revlayers.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.revlayers.MemoryPlan;
import org.revlayers.examples.shared.GammaChoice;
import org.revlayers.examples.shared.ScheduleChoice;
import org.revlayers.examples.shared.TrainingMethod;
import org.revlayers.plan.Exactness;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.reversible.Coefficients;

/** {@code finetune} from its command line with all methods that convert the network: table, results.json, report.html. */
class FinetuneMethodsCommandTest {

    private static final List<String> METHODS =
            List.of("plain", "reversible", "reversible+approx", "reversible-fixed", "checkpoint", "razor");
    private static final int STEPS = 12; // four epochs of 24 images in batches of 8

    private static CommandRun run(Path folder, String methods, String... more) throws IOException {
        return run(folder, new TinyVit(), methods, more);
    }

    private static CommandRun run(Path folder, TinyVit vit, String methods, String... more) throws IOException {
        Path images = Files.exists(folder.resolve("images"))
                ? folder.resolve("images")
                : ColourImages.paint(folder.resolve("images"), 20);
        Path weights = vit.writeTimm(folder.resolve("timm.safetensors"));
        List<String> all = new ArrayList<>(List.of("finetune", "--model", "vit"));
        all.addAll(List.of("--weights", weights.toString(), "--data", images.toString()));
        all.addAll(List.of("--out", folder.resolve("out").toString(), "--size", "32", "--batch", "8"));
        all.addAll(List.of("--lr", "1e-3", "--train-items", "24", "--epochs", "4", "--method", methods));
        all.addAll(List.of(more));
        return CommandRun.of(all.toArray(String[]::new));
    }

    @Test
    void everyMethodIsInTableResultsAndReport(@TempDir Path folder) throws IOException {
        CommandRun run = run(folder, String.join(",", METHODS));
        assertEquals(0, run.code(), run::err);
        JsonNode results =
                new ObjectMapper().readTree(folder.resolve("out/results.json").toFile());
        String report = Files.readString(folder.resolve("out/report.html"));
        assertEquals(METHODS.size(), results.size());
        long plain = results.get(0).get("memory").get("keptBytes").asLong();
        for (int i = 0; i < METHODS.size(); i++) {
            String label = METHODS.get(i);
            JsonNode r = results.get(i);
            assertEquals(label, r.get("method").asText());
            String[] row = run.line(label + " ").split(" +");
            assertEquals(r.get("accuracy").asDouble(), Double.parseDouble(row[1]), 1e-4, label);
            assertTrue(r.get("accuracy").asDouble() >= 0.9, r::toString); // 8 images of two colours
            long kept = r.get("memory").get("keptBytes").asLong();
            assertEquals(kept / 1048576.0, Double.parseDouble(row[4]), 0.06, label);
            assertTrue(i == 0 || kept < plain, label + " keeps " + kept + ", plain " + plain);
            assertTrue(report.contains("<h3>" + label + "</h3>"), label);
            assertTrue(Files.size(folder.resolve("out/checkpoint-" + label + ".zip")) > 0, label);
            assertSchedule(TrainingMethod.of(label).orElseThrow(), run, r.get("coefficients"), report);
        }
        assertEquals(
                6,
                report.split("data:image/png;base64", -1).length - 1,
                "loss, memory of a step, kept, peak, coefficients and reconstructions are drawn");
        assertTrue(run.line("pictures in").endsWith("report.html"), run::out);
    }

    /** Chains that reverse have their schedule in table and results, and their checks in the report; others have none. */
    private static void assertSchedule(TrainingMethod method, CommandRun run, JsonNode changes, String report) {
        String label = method.label();
        boolean named = run.out().lines().anyMatch(l -> l.startsWith(label + ": (alpha, beta)"));
        assertEquals(method.reverses(), named, label);
        assertEquals(method.reverses(), changes.isArray(), label);
        assertEquals(
                method.reverses(),
                report.contains("<li>" + label + ": " + STEPS + " reconstructions proved by checksum in " + STEPS),
                label);
        if (method.reverses()) {
            CoefficientSchedule schedule =
                    method.schedule(new ScheduleChoice().of(STEPS), new GammaChoice().schedule());
            Coefficients first = schedule.at(0);
            Coefficients last = schedule.at(STEPS - 1);
            assertEquals(1, changes.get(0).get("step").asInt());
            assertEquals(first.alpha(), changes.get(0).get("alpha").asDouble(), 0.0, label);
            JsonNode end = changes.get(changes.size() - 1);
            assertEquals(last.alpha(), end.get("alpha").asDouble(), 0.0, label);
            assertEquals(last.beta(), end.get("beta").asDouble(), 0.0, label);
            assertEquals(last, schedule.at(end.get("step").asInt() - 1), label);
            assertEquals(method == TrainingMethod.REVERSIBLE_FIXED, changes.size() == 1, label);
        }
    }

    /** Made in a process before, by which another one trains. */
    @Test
    void aPlanIsInTableAndResults(@TempDir Path folder) throws IOException {
        CommandRun run = run(folder, "plain,plan", "--budget", "90%");
        assertEquals(0, run.code(), run::err);
        assertTrue(run.line("plan: a peak of at most").contains("the same function and gradients"), run::out);
        JsonNode results =
                new ObjectMapper().readTree(folder.resolve("out/results.json").toFile());
        assertTrue(results.get(0).get("plan").isNull());
        MemoryPlan plan = MemoryPlan.ofJson(results.get(1).get("plan").toString());
        long peak = results.get(1).get("memory").get("peakBytes").asLong();
        assertEquals(plan.peakBytes(), peak, 0.03 * plan.peakBytes());
        CommandRun again = run(folder, "plain,plan", "--budget", "90%", "--resume");
        assertEquals(0, again.code(), again::err);
        assertEquals(
                results,
                new ObjectMapper().readTree(folder.resolve("out/results.json").toFile()));
    }

    /** A plan is made in a process of its own, and its chains have the schedule of this training, as those of reversible. Without chains it takes 364 KiB. */
    @Test
    void aPlanWithChainsHasTheScheduleOfReversible(@TempDir Path folder) throws IOException {
        String[] options = {"--allow", "new-function", "--budget", "350KiB", "--end", "0.5,0.5"};
        CommandRun run = run(folder, new TinyVit(16), "plan,reversible", options);
        assertEquals(0, run.code(), run::err);
        assertEquals("", run.err(), "no option is unused");
        JsonNode results =
                new ObjectMapper().readTree(folder.resolve("out/results.json").toFile());
        MemoryPlan plan = MemoryPlan.ofJson(results.get(0).get("plan").toString());
        assertEquals(Exactness.NEW_FUNCTION, plan.exactness(), plan::toString);
        JsonNode coefficients = results.get(0).get("coefficients");
        assertTrue(coefficients.size() > 2, coefficients::toString);
        assertEquals(results.get(1).get("coefficients"), coefficients);
        assertTrue(run.line("plan: (alpha, beta)").endsWith("to (1/2, 1/2) over the first 6 of 12 steps"), run::out);
    }

    /** What goes wrong in a process that plans or trains ends the run as it would have in this one. */
    @Test
    void anErrorOfAProcessIsTheRuns(@TempDir Path folder) throws IOException {
        CommandRun run = run(folder, "plan", "--budget", "1KiB");
        assertEquals(1, run.code(), run::err);
        assertTrue(run.err().startsWith("revlayers: no plan fits 1.00 KiB"), run::err);
        assertEquals(1, run.err().strip().lines().count(), run::err);
    }

    @Test
    void aFinishedReversibleRunIsResumedWithTheSameResult(@TempDir Path folder) throws IOException {
        assertEquals(0, run(folder, "reversible").code());
        Path file = folder.resolve("out/results.json");
        JsonNode first = new ObjectMapper().readTree(file.toFile());
        CommandRun again = run(folder, "reversible", "--resume");
        assertEquals(0, again.code(), again::err);
        JsonNode second = new ObjectMapper().readTree(file.toFile());
        assertEquals(first.get(0).get("accuracy"), second.get(0).get("accuracy"));
        assertEquals(first, second, "all its figures");
    }
}
