package org.revlayers.internal.planner;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.revlayers.internal.convert.PlanUnits;
import org.revlayers.plan.Answer;

/**
 * What a training step holds beyond what its units do, measured in steps of a copy of the network whose units keep nothing: DL4J's workspaces with the
 * outputs that the network keeps, layers in no unit, the head.
 *
 * @param bytes   at the peak, whatever the plan
 * @param seconds of a step, without its units
 */
public record RestFigures(long bytes, double seconds) {

    static RestFigures of(PlanUnits units, List<Map<Answer, UnitFigures>> figures, Batch batch) {
        List<PlanUnits.Assigned> leanest = new ArrayList<>();
        for (int i = 0; i < figures.size(); i++) {
            leanest.add(new PlanUnits.Assigned(i, i + 1, Answer.CHECKPOINT.memory()));
        }
        Steps.Measured lean = Steps.of(units.apply(leanest), batch);
        double inUnits = figures.stream()
                .mapToDouble(unit -> unit.get(Answer.CHECKPOINT).seconds())
                .sum();
        return new RestFigures(Math.max(0, lean.peakBytes() - peak(figures)), Math.max(0, lean.seconds() - inUnits));
    }

    /** Of units that keep nothing, all of them. */
    private static long peak(List<Map<Answer, UnitFigures>> figures) {
        long kept = 0;
        long peak = 0;
        for (Map<Answer, UnitFigures> unit : figures) {
            UnitFigures lean = unit.get(Answer.CHECKPOINT);
            peak = Math.max(peak, kept + Math.max(lean.forward(), lean.backward()));
            kept += lean.kept();
        }
        return peak;
    }
}
