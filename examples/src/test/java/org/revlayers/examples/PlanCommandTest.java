package org.revlayers.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.revlayers.MemoryPlan;
import org.revlayers.keep.Memory;
import org.revlayers.reversible.CoefficientSchedule;

class PlanCommandTest {

    @TempDir
    private Path folder;

    private CommandRun plan(String... more) throws IOException {
        Path in = folder.resolve("model.zip");
        if (!Files.exists(in)) {
            ModelSerializer.writeModel(SmallModels.residual(8, 4, 3, new Adam(1e-3)), in.toFile(), true);
        }
        String[] arguments = new String[more.length + 5];
        System.arraycopy(new String[] {"plan", "--in", in.toString(), "--batch", "4"}, 0, arguments, 0, 5);
        System.arraycopy(more, 0, arguments, 5, more.length);
        return CommandRun.of(arguments);
    }

    @Test
    void printsAPlanAndWhatWasMeasured() throws IOException {
        CommandRun run = plan("--budget", "90%", "--verify");
        assertEquals(0, run.code(), run::err);
        assertTrue(run.line("budget 90%").contains("of live arrays in a step"), run::out);
        assertTrue(run.line("predicted for batch 4").contains("the same function"), run::out);
        assertTrue(run.line("planned ").contains("(1.0000)"), run::out);
    }

    @Test
    void writesAModelThatTrainsByIt() throws IOException {
        Path out = folder.resolve("planned.zip");
        CommandRun run = plan("--budget", "80%", "--allow", "approximate-gradients", "--out", out.toString());
        assertEquals(0, run.code(), run::err);
        assertTrue(MemoryPlan.from(out).peakBytes() <= MemoryPlan.from(out).budgetBytes());
        INDArray x = Nd4j.rand(2, 2, 8, 8);
        var before = (org.deeplearning4j.nn.graph.ComputationGraph) new ModelFile(folder.resolve("model.zip")).load();
        var after = (org.deeplearning4j.nn.graph.ComputationGraph) new ModelFile(out).load();
        assertEquals(
                0,
                before.outputSingle(x).sub(after.outputSingle(x)).amaxNumber().doubleValue(),
                1e-5);
    }

    @Test
    void drawsAPageWithWhatWasMeasured() throws IOException {
        Path page = folder.resolve("report.html");
        CommandRun run = plan("--budget", "90%", "--html", page.toString());
        assertEquals(0, run.code(), run::err);
        assertTrue(run.line("a page for a browser in").endsWith("report.html"), run::out);
        String predicted = Files.readString(page);
        assertTrue(predicted.contains("Memory over one step</h2>") && !predicted.contains("Predicted and measured"));
        assertEquals(
                0,
                plan("--budget", "90%", "--verify", "--html", page.toString()).code());
        assertTrue(Files.readString(page).contains("Predicted and measured"));
    }

    @Test
    void isJsonOnRequest() throws IOException {
        CommandRun run = plan("--budget", "1GiB", "--json");
        assertEquals(0, run.code(), run::err);
        assertEquals(run.out().trim(), MemoryPlan.ofJson(run.out()).toJson());
    }

    @Test
    void plansANewModelByName() {
        CommandRun run = CommandRun.of(
                "plan",
                "--model",
                "vit-ti16",
                "--size",
                "32",
                "--batch",
                "2",
                "--budget",
                "60%",
                "--pin",
                "block1=store");
        assertEquals(0, run.code(), run::err);
        assertTrue(run.line("block1 ").contains("store"), run::out);
    }

    @ParameterizedTest
    @CsvSource({
        "--budget 3, B",
        "--budget 1MiB --process-budget 1GiB, one of --budget",
        "--json, one of --budget",
        "--budget 90% --pin nothing*=store, nothing*",
        "--budget 90% --pin conv, LAYER=ANSWER",
        "--budget 90% --pin conv=magic, answers are",
        "--budget 90% --allow everything, same-function",
        "--budget 1KiB, the least that works",
        "--budget 90% --allow new-function --return 0.2, --steps",
        "--budget 90% --allow new-function --steps 10 --return 0.2, beta above 0",
        "--budget 90% --out no/such/folder.zip, cannot be written",
        "--budget 90% --html no/such/folder.html, --html no/such/folder.html cannot be written",
        "--budget 90% --model vit-b16, one of --in",
    })
    void wrongOptionsNameTheRemedy(String options, String names) throws IOException {
        CommandRun run = plan(options.split(" "));
        assertTrue(run.code() != 0, run::out);
        assertTrue(run.err().contains(names), run::err);
        assertEquals(1, run.err().strip().lines().count(), run::err);
    }

    @Test
    void plansStayWithinTheirBudgetsBesideOtherWaysToChoose() {
        CommandRun run = CommandRun.of("plan-table", "--model", "vit-ti16", "--size", "16", "--batch", "2");
        assertEquals(0, run.code(), run::err);
        assertTrue(run.out().lines().filter(line -> line.startsWith("  plan ")).count() >= 4, run::out);
        assertTrue(!run.out().contains("ABOVE"), run::out);
    }

    @Test
    void chainsHaveTheScheduleOfTheTraining() {
        List<String> all = new ArrayList<>(List.of("plan", "--model", "vit-ti16", "--size", "16", "--batch", "2"));
        all.addAll(List.of("--budget", "100%", "--pin", "block*=reversible", "--json"));
        all.addAll(List.of("--allow", "new-function", "--steps", "100", "--end", "0.5,0.5"));
        CommandRun run = CommandRun.of(all.toArray(String[]::new));
        assertEquals(0, run.code(), run::err);
        CoefficientSchedule schedule = CoefficientSchedule.builder()
                .totalIterations(100)
                .alphaEnd(0.5)
                .betaEnd(0.5)
                .build();
        String words = "\"memory\" : \"" + Memory.reversible(schedule) + "\"";
        assertTrue(run.out().contains(words), () -> words + " in " + run.out());
    }

    @Test
    void findsTheFastestBatchAndTakesWiderAnswers() throws IOException {
        CommandRun auto = CommandRun.of(
                "plan",
                "--model",
                "vit-ti16",
                "--size",
                "16",
                "--batch",
                "auto",
                "--budget",
                "200%",
                "--allow",
                "new-function",
                "--steps",
                "100");
        assertEquals(0, auto.code(), auto::err);
        assertTrue(auto.out().contains("predicted for batch"), auto::out);
        CommandRun refused = plan("--budget", "90%", "--steps", "100");
        assertEquals(2, refused.code());
        assertTrue(refused.err().contains("--allow new-function"), refused::err);
        assertTrue(plan("--budget", "90%", "--batch", "0").err().contains("auto"));
    }
}
