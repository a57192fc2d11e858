package org.revlayers.examples.ode;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.revlayers.chain.OdeSolver;
import org.revlayers.examples.shared.UsageException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ode}: fits a neural ODE to the spiral, draws both, and shows what the steps keep; or compares gradients. */
@Command(
        name = "ode",
        mixinStandardHelpOptions = true,
        description = "Fits a neural ODE to a spiral and draws it; shows that its steps cost no memory.")
public final class OdeCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Option(names = "--out", description = "the picture (default: ${DEFAULT-VALUE})")
    private Path out = Path.of("spiral.svg");

    @Option(names = "--solver", description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})")
    private OdeSolver solver = OdeSolver.ALF;

    @Option(names = "--steps", description = "of the solver (default: ${DEFAULT-VALUE})")
    private int steps = 10;

    @Option(names = "--iterations", description = "of training (default: ${DEFAULT-VALUE})")
    private int iterations = 800;

    @Option(names = "--seed", description = "of the initial weights (default: ${DEFAULT-VALUE})")
    private long seed = 1;

    @Option(
            names = "--adjoint",
            description = "compares gradients with a continuous adjoint's instead, as a Markdown table")
    private boolean adjoint;

    @Override
    public Integer call() throws IOException {
        PrintWriter to = spec.commandLine().getOut();
        if (adjoint) {
            AdjointComparison.print(solver, to);
            return 0;
        }
        UsageException.unless(steps >= 1, "--steps is how many steps a solve has, at least 1; got " + steps);
        UsageException.unless(iterations >= 1, "--iterations is at least 1; got " + iterations);
        Path folder = out.toAbsolutePath().getParent();
        UsageException.unless(Files.isDirectory(folder), "--out " + out + ": there is no folder " + folder);
        Spiral spiral = Spiral.fromTruth();
        DataSet pairs = spiral.pairs(SpiralFit.APART);
        SpiralFit fit = new SpiralFit(solver, steps, iterations, seed);
        MultiLayerNetwork net = fit.trained(pairs, (i, loss) -> {
            to.printf("iteration %d: loss %.2e%n", i, loss);
            to.flush();
        });
        INDArray truth = spiral.points();
        INDArray fitted = fit.trajectory(net, spiral.start(), truth.size(0));
        to.printf(
                "trajectory: %.3f from the true one, root mean square over %d solves in a row%n",
                truth.distance2(fitted) / Math.sqrt(truth.size(0)), truth.size(0) - 1);
        new TrajectoryPicture(truth, fitted).write(out);
        to.println("picture: " + out);
        new KeptBySteps(solver, pairs).print(to);
        return 0;
    }
}
