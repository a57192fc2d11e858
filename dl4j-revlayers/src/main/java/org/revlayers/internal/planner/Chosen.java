package org.revlayers.internal.planner;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.revlayers.internal.plan.Frontier;
import org.revlayers.internal.plan.Pin;
import org.revlayers.internal.plan.PlanProblem;
import org.revlayers.internal.plan.PlanSolver;
import org.revlayers.internal.plan.Solution;
import org.revlayers.plan.Exactness;
import org.revlayers.plan.InfeasibleBudgetException;

/**
 * What a budget came to.
 *
 * @param problem  that was solved
 * @param frontier of all budgets
 * @param solution for this one
 */
public record Chosen(PlanProblem problem, Frontier frontier, Solution solution) {

    /**
     * The fastest that fits: in memory alone, or with a disk where that is faster.
     *
     * @throws InfeasibleBudgetException if nothing fits, with the least that would
     */
    public static Chosen of(NetworkFigures network, Exactness allowed, List<Pin> pins, long budget, boolean disk) {
        List<Supplier<PlanProblem>> problems = new ArrayList<>();
        boolean pinnedToDisk = pins.stream().anyMatch(pin -> Problems.isOnDisk(pin.method()));
        if (!disk || !pinnedToDisk) {
            problems.add(() -> Problems.of(network));
        }
        if (disk) {
            problems.add(() -> Problems.withDisk(network));
        }
        Chosen best = null;
        InfeasibleBudgetException none = null;
        for (Supplier<PlanProblem> made : problems) {
            PlanProblem problem = pinned(made.get(), pins);
            Frontier frontier = PlanSolver.solve(problem, allowed);
            try {
                Solution solution = frontier.within(budget);
                if (best == null || solution.seconds() < best.solution.seconds()) {
                    best = new Chosen(problem, frontier, solution);
                }
            } catch (InfeasibleBudgetException e) {
                none = none == null || e.leastBudget() < none.leastBudget() ? e : none;
            }
        }
        if (best == null) {
            throw none;
        }
        return best;
    }

    /** The problem with all answers that there are. */
    public static PlanProblem problem(NetworkFigures network, List<Pin> pins, boolean disk) {
        return pinned(disk ? Problems.withDisk(network) : Problems.of(network), pins);
    }

    private static PlanProblem pinned(PlanProblem problem, List<Pin> pins) {
        return pins.isEmpty() ? problem : problem.pinned(pins);
    }
}
