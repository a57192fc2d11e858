package org.revlayers.matrix;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.revlayers.internal.convert.PlanUnits;
import org.revlayers.internal.plan.PlanProblem;
import org.revlayers.internal.plan.Segment;
import org.revlayers.internal.plan.Solution;
import org.revlayers.internal.plan.Step;
import org.revlayers.plan.Answer;

/** Plans drawn at random, whatever a solver would choose. */
final class DrawnPlan {

    private DrawnPlan() {}

    /** @param from the steps that are drawn from, of all that a unit has */
    static Solution of(PlanProblem problem, Random random, UnaryOperator<List<Step>> from) {
        List<Step> steps = new ArrayList<>();
        for (int at = 0; at < problem.units().size(); ) {
            List<Step> drawnFrom = from.apply(all(problem, at));
            Step step = drawnFrom.get(random.nextInt(drawnFrom.size()));
            steps.add(step);
            at = step.to();
        }
        return new Solution(problem, steps);
    }

    private static List<Step> all(PlanProblem problem, int from) {
        List<Step> all = new ArrayList<>();
        problem.units().get(from).choices().forEach(choice -> all.add(new Step(from, from + 1, choice)));
        for (Segment segment : problem.segments()) {
            if (segment.from() == from) {
                all.add(new Step(from, segment.to(), segment.choice()));
            }
        }
        return all;
    }

    /** As a network is told. */
    static List<PlanUnits.Assigned> assigned(Solution plan) {
        return plan.steps().stream()
                .map(step -> new PlanUnits.Assigned(
                        step.from(),
                        step.to(),
                        Answer.of(step.choice().method()).memory()))
                .toList();
    }
}
