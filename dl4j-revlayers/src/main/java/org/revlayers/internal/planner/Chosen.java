package org.revlayers.internal.planner;

import java.util.ArrayList;
import java.util.List;
import org.revlayers.internal.plan.Frontier;
import org.revlayers.internal.plan.Pin;
import org.revlayers.internal.plan.PlanProblem;
import org.revlayers.internal.plan.PlanSolver;
import org.revlayers.internal.plan.Solution;
import org.revlayers.plan.Answer;
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
     * @param problems as {@link #problems} gives them
     * @throws InfeasibleBudgetException if nothing fits, with the least that would
     */
    public static Chosen of(List<PlanProblem> problems, Exactness allowed, long budget) {
        Chosen best = null;
        InfeasibleBudgetException none = null;
        for (PlanProblem problem : problems) {
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

    /**
     * With memory alone, and with a disk; what pins ask for comes from a disk or not.
     *
     * @param inMemory without pins
     */
    public static List<PlanProblem> problems(
            NetworkFigures network, PlanProblem inMemory, List<Pin> pins, boolean disk) {
        boolean pinnedToDisk =
                pins.stream().anyMatch(pin -> Answer.of(pin.method()).memory().onDisk());
        List<PlanProblem> problems = new ArrayList<>();
        if (!disk || !pinnedToDisk) {
            problems.add(inMemory);
        }
        if (disk) {
            problems.add(Problems.withDisk(network));
        }
        return pins.isEmpty()
                ? problems
                : problems.stream().map(problem -> problem.pinned(pins)).toList();
    }
}
