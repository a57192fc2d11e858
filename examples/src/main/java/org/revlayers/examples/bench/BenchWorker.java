package org.revlayers.examples.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.revlayers.MemoryPlan;
import org.revlayers.examples.shared.PlanChoice;
import org.revlayers.examples.shared.PlanFile;
import org.revlayers.examples.shared.Planner;
import org.revlayers.examples.shared.Program;
import org.revlayers.examples.shared.TrainingMethod;
import org.revlayers.examples.shared.WorkerProcess;
import org.revlayers.internal.kernel.device.Devices;
import org.revlayers.internal.memory.DeviceMemory;
import org.revlayers.internal.memory.ProcessMemory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * A program of its own: one method in this process, for {@code bench}. The process's peak is that of the warm-up, behind whose steps the garbage collector runs:
 * otherwise it would tell how many steps ran since it last did, which for stock {@code SameDiff.fit} is gigabytes. The counted steps follow one another as in
 * a training.
 */
@Command(name = "bench-worker", description = "One method of bench in this process.")
public final class BenchWorker implements Callable<Integer> {

    static final String PROGRESS = "bench-progress";
    private static final int DEALLOCATION_MILLIS = 50;
    private static final double NANOS = 1e9;

    @Mixin
    private ShapeOptions options = new ShapeOptions();

    @Option(names = "--method", required = true)
    private String method;

    @Option(names = "--depth", required = true)
    private int depth;

    @Option(names = "--plan-file", description = "of plan: where its plan is, or is written without any step")
    private Path planFile;

    @Option(names = "--steps", required = true)
    private int steps;

    @Option(names = "--warm-up", required = true)
    private int warmUp;

    @Option(names = "--account", description = "also measure what is kept and the peak of live arrays")
    private boolean account;

    /** See {@link Program#run}. */
    public static void main(String[] args) {
        Program.run(new BenchWorker(), args);
    }

    @Override
    public Integer call() throws InterruptedException {
        WorkerProcess.endWithParent();
        BenchMethod chosen = BenchMethod.of(method);
        PlanFile file = chosen.ours() == TrainingMethod.PLAN ? new PlanFile(planFile) : null;
        if (steps == 0) {
            PlanChoice choice = options.plan.with(chosen.budget());
            contestant(chosen, (net, batch, schedule) -> file.make(choice, net, batch, schedule));
            return 0;
        }
        MemoryPlan plan = file == null ? null : file.read();
        Contestant contestant = contestant(chosen, (net, batch, schedule) -> plan);
        List<Double> seconds = new ArrayList<>();
        DeviceMemory.Watch device = DeviceMemory.watch();
        long process = 0;
        for (int i = 0; i < warmUp + steps; i++) {
            long start = Devices.nanoTime();
            contestant.step();
            double took = (Devices.nanoTime() - start) / NANOS;
            if (i >= warmUp) {
                seconds.add(took);
            }
            System.out.println(PROGRESS + "\t"
                    + String.format(
                            Locale.ROOT,
                            "%s, %.2f s",
                            i < warmUp ? "warm-up " + (i + 1) + "/" + warmUp : "step " + (i - warmUp + 1) + "/" + steps,
                            took));
            if (i < warmUp) {
                System.gc();
                Thread.sleep(DEALLOCATION_MILLIS);
                process = peak(device);
            }
        }
        if (warmUp == 0) {
            process = peak(device);
        }
        device.close();
        Contestant.Memory memory = account ? contestant.memory() : new Contestant.Memory(0, 0);
        System.out.println(new WorkerResult(
                        seconds,
                        memory.kept(),
                        memory.peak(),
                        contestant.restBytes(),
                        process,
                        WorkerResult.Machine.ofThis(),
                        plan == null ? null : WorkerResult.Predicted.of(plan))
                .toLine());
        return 0;
    }

    private static long peak(DeviceMemory.Watch device) {
        return device.peakBytes().orElse(ProcessMemory.peakBytes().orElse(0));
    }

    private Contestant contestant(BenchMethod chosen, Planner planner) {
        return options.shape(depth)
                .contestant(chosen, chosen.ours() == null ? null : options.conversion(chosen, planner));
    }
}
