package org.revlayers.examples.shared;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.revlayers.MemoryPlanner;
import org.revlayers.internal.planner.WorstStep;
import org.revlayers.plan.Exactness;
import org.revlayers.reversible.CoefficientSchedule;
import picocli.CommandLine.Option;

/** What plans may choose from. */
public final class PlanAnswers {

    @Option(
            names = "--allow",
            converter = PlanWords.Allowed.class,
            description = {
                "the widest that a plan may use: same-function (default: stores, recomputes, checkpoints, the sub-blocks of chains that are",
                "there), approximate-gradients (2-bit codes, 16 bits, Back Razor too) or new-function (reversible chains of blocks too)"
            })
    private Exactness allow;

    @Option(
            names = "--disk",
            description = {
                "of a plan: activations may wait on a disk, where that is faster than to compute them again, or needed",
                "(-Drevlayers.offload.dir names the folder)"
            })
    private boolean disk;

    private Exactness suggested = Exactness.SAME_FUNCTION;

    /** What holds where nothing is said. */
    void suggest(Exactness widest) {
        suggested = widest;
    }

    /** The options' names. */
    static List<String> names() {
        return List.of("--allow", "--disk");
    }

    /** As they were given, to be handed on. */
    List<String> arguments() {
        List<String> arguments = new ArrayList<>(
                List.of("--allow=" + allow().name().toLowerCase(Locale.ROOT).replace('_', '-')));
        if (disk) {
            arguments.add("--disk");
        }
        return arguments;
    }

    /** The widest. */
    public Exactness allow() {
        return allow != null ? allow : suggested;
    }

    /** Whether plans may make chains, which have α and β. */
    public boolean makesChains() {
        return allow() == Exactness.NEW_FUNCTION;
    }

    /** Throws an error that names the option unless the chains that a plan may make can come back all along this schedule. */
    public void checkSchedule(String option, CoefficientSchedule schedule) {
        if (makesChains()) {
            try {
                WorstStep.check(schedule);
            } catch (IllegalArgumentException e) {
                throw new UsageException(option + ": " + e.getMessage());
            }
        }
    }

    /**
     * Tells a planner.
     *
     * @param schedule of α and β, for chains that the plan may make
     */
    public MemoryPlanner tell(MemoryPlanner planner, CoefficientSchedule schedule) {
        planner.allow(allow()).disk(disk);
        return makesChains() ? planner.schedule(schedule) : planner;
    }
}
