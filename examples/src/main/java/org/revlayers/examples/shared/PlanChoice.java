package org.revlayers.examples.shared;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.revlayers.MemoryPlan;
import org.revlayers.MemoryPlanner;
import org.revlayers.plan.Exactness;
import org.revlayers.reversible.CoefficientSchedule;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What can be said on the command line about the method plan. */
public final class PlanChoice {

    @Option(
            names = "--budget",
            description = {
                "plan: most live bytes of a step beyond weights, gradients and updater state, 400MiB or 25%% of plain's",
                "(default 30%%); bench takes several with commas"
            })
    private String budget;

    @Mixin
    private PlanAnswers answers = new PlanAnswers();

    /** What holds where nothing is said. */
    private String suggestedBudget = "30%";

    /** Changes what holds where nothing is said. */
    public void suggest(String newBudget, Exactness newAllow) {
        suggestedBudget = newBudget;
        answers.suggest(newAllow);
    }

    private String budget() {
        return budget != null ? budget : suggestedBudget;
    }

    /** The options' names. */
    public static String[] names() {
        return Stream.concat(Stream.of("--budget"), PlanAnswers.names().stream())
                .toArray(String[]::new);
    }

    /** As they were given, to be handed on. */
    public List<String> arguments() {
        List<String> arguments = new ArrayList<>(List.of("--budget=" + budget()));
        arguments.addAll(answers.arguments());
        return arguments;
    }

    /** Throws an error that names what is wrong. */
    public void check() {
        budgets().forEach(one -> checkBudget("--budget", one));
    }

    /** Throws an error that names what is wrong with a budget, and where it was given. */
    public static void checkBudget(String where, String budget) {
        try {
            MemoryPlanner.checkBudget(budget);
        } catch (IllegalArgumentException e) {
            throw new UsageException(where + ": " + e.getMessage());
        }
    }

    /** Several where several are compared. */
    public List<String> budgets() {
        return List.of(budget().split(","));
    }

    /** The same with one of them. */
    public PlanChoice with(String one) {
        PlanChoice choice = new PlanChoice();
        choice.budget = one;
        choice.answers = answers;
        return choice;
    }

    /** Whether plans may make chains, which have α and β. */
    public boolean makesChains() {
        return answers.makesChains();
    }

    /** Throws an error that names the option unless the chains that a plan may make can come back all along this schedule. */
    public void checkSchedule(String option, CoefficientSchedule schedule) {
        answers.checkSchedule(option, schedule);
    }

    /** As {@link Planner#plan}. */
    public MemoryPlan plan(Model net, DataSet batch, CoefficientSchedule schedule) {
        return plan(net, batch.toMultiDataSet(), schedule);
    }

    /** The same for a graph with several inputs or outputs. */
    public MemoryPlan plan(Model net, MultiDataSet batch, CoefficientSchedule schedule) {
        return answers.tell(planner(net, batch), schedule).budget(budget()).solve();
    }

    /** For a network of either kind. */
    public static MemoryPlanner planner(Model net, MultiDataSet batch) {
        return net instanceof MultiLayerNetwork line
                ? MemoryPlanner.of(line, batch)
                : MemoryPlanner.of((ComputationGraph) net, batch);
    }
}
