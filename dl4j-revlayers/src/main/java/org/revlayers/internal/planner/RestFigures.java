package org.revlayers.internal.planner;

import java.util.List;
import java.util.Map;
import org.revlayers.internal.convert.PlanSubject;
import org.revlayers.internal.plan.PlanProblem;
import org.revlayers.plan.Answer;

/**
 * What a training step holds beyond what its units do, measured in steps of a copy of the network whose units keep nothing: DL4J's workspaces with the
 * outputs that the network keeps, layers in no unit, the head.
 *
 * @param bytes   at the peak, whatever the plan
 * @param seconds of a step, without its units
 */
public record RestFigures(long bytes, double seconds) {

    static RestFigures of(PlanSubject units, List<Map<Answer, UnitFigures>> figures, Batch batch) {
        Verified.Measured lean = Steps.of(units.apply(units.alone(Answer.CHECKPOINT.memory())), batch);
        long inArrays = new PlanProblem(0, 0, Problems.units(units, figures))
                .uniform(Answer.CHECKPOINT.label())
                .peakBytes();
        double inUnits = figures.stream()
                .mapToDouble(unit -> unit.get(Answer.CHECKPOINT).seconds())
                .sum();
        return new RestFigures(Math.max(0, lean.peakBytes() - inArrays), Math.max(0, lean.seconds() - inUnits));
    }
}
