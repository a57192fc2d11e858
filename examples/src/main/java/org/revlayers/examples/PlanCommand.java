package org.revlayers.examples;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.deeplearning4j.nn.api.Model;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.revlayers.MemoryPlan;
import org.revlayers.MemoryPlanner;
import org.revlayers.examples.shared.PlanAnswers;
import org.revlayers.examples.shared.PlanChoice;
import org.revlayers.examples.shared.PlanWords;
import org.revlayers.examples.shared.ScheduleChoice;
import org.revlayers.examples.shared.UsageException;
import org.revlayers.plan.Answer;
import org.revlayers.reversible.CoefficientSchedule;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code plan}: the fastest training of a model that fits a budget, unit by unit. */
@Command(
        name = "plan",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Chooses for every unit of a model how its activations are kept: the fastest training that fits a memory budget.",
            "Measures each unit by each answer on this machine, prints the plan and what other budgets would take, and writes",
            "a model that trains by it (--out)."
        })
public final class PlanCommand implements Callable<Integer> {

    @Mixin
    private PlanModel model = new PlanModel();

    @Option(
            names = "--budget",
            description = {
                "most live bytes of a step beyond weights, gradients and updater state: 400MiB, or 25%% of what the model takes",
                "with everything stored"
            })
    private String budget;

    @Option(
            names = "--process-budget",
            description = "instead: of the whole process, 2GiB, or auto for what is available less a tenth")
    private String processBudget;

    @Mixin
    private PlanAnswers answers = new PlanAnswers();

    @Option(
            names = "--steps",
            description = {
                "optimizer steps of the training, over which the coefficients of new reversible chains move (default: they stay at",
                "(1, 1/8))"
            })
    private Integer steps;

    @Mixin
    private ScheduleChoice schedule = new ScheduleChoice();

    @Option(
            names = "--pin",
            paramLabel = "LAYER=ANSWER",
            converter = PlanWords.Pinned.class,
            description = "gives the units with these layers an answer, such as 'res2*=store'; once or several times")
    private List<Map.Entry<String, Answer>> pins = List.of();

    @Option(names = "--json", description = "prints the plan as JSON")
    private boolean json;

    @Option(names = "--verify", description = "trains some steps by the plan and plain, and prints what was measured")
    private boolean verify;

    @Option(
            names = "--html",
            paramLabel = "FILE",
            description =
                    "a page to write for a browser: memory over one step, other budgets, every unit; with --verify what was measured, too")
    private Path html;

    @Option(names = "--out", description = "the model file to write, with the plan in it")
    private Path out;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        UsageException.unless(
                (budget == null) != (processBudget == null),
                "a plan needs one of --budget and --process-budget, such as --budget 400MiB or --budget 25%");
        UsageException.unless(
                out == null || model.file() != null, "--out goes with --in: a new model's weights are random");
        requireWritable("--out", out);
        requireWritable("--html", html);
        UsageException.unless(
                steps == null || steps > 0, "--steps is a number of optimizer steps from 1 on, not " + steps);
        UsageException.unless(
                steps == null || answers.makesChains(),
                "--steps is of reversible chains that a plan makes: it goes with --allow new-function");
        UsageException.unless(
                steps != null || !schedule.isGiven(),
                "--end and --return are of a schedule over the training: they go with --steps");
        schedule.check();
        CoefficientSchedule course = schedule.over(steps == null ? 0 : steps);
        answers.checkSchedule("--return", course);
        Map<String, Answer> asked = new LinkedHashMap<>();
        pins.forEach(pin -> UsageException.unless(
                asked.putIfAbsent(pin.getKey(), pin.getValue()) == null, "--pin names " + pin.getKey() + " twice"));
        model.check();
        PrintWriter text = spec.commandLine().getOut();
        Model net = model.network();
        MultiDataSet batch = model.batch(net);
        MemoryPlanner planner =
                answers.tell(PlanChoice.planner(net, batch), course).batch(model.examples());
        asked.forEach(planner::pin);
        MemoryPlan plan = budget == null
                ? planner.processBudget(processBudget).solve()
                : planner.budget(budget).solve();
        text.println(json ? plan.toJson() : plan.toString().stripTrailing());
        if (verify) {
            text.print(plan.verify());
        }
        if (html != null) {
            plan.writeHtml(html);
            text.println("a page for a browser in " + html);
        }
        if (out != null) {
            new ModelFile(model.file()).write(plan.apply(), out, plan);
            text.println("written to " + out);
        }
        text.flush();
        return 0;
    }

    private static void requireWritable(String option, Path file) {
        UsageException.unless(
                file == null
                        || file.toAbsolutePath().getParent() != null
                                && Files.isDirectory(file.toAbsolutePath().getParent())
                                && !Files.isDirectory(file),
                option + " " + file + " cannot be written: it names a file in a folder that is there");
    }
}
