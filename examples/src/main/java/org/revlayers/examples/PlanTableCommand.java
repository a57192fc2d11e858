package org.revlayers.examples;

import java.io.IOException;
import java.util.concurrent.Callable;
import org.deeplearning4j.nn.api.Model;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code plan-table}: the figures of {@code benchmarks/results/planner.md}. */
@Command(
        name = "plan-table",
        hidden = true,
        mixinStandardHelpOptions = true,
        description =
                "Trains a model by plans for six budgets and by other ways to choose, and prints what each takes.")
public final class PlanTableCommand implements Callable<Integer> {

    @Mixin
    private PlanModel model = new PlanModel();

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        model.check();
        Model net = model.network();
        PlanTable.print(net, model.batch(net), spec.commandLine().getOut());
        return 0;
    }
}
