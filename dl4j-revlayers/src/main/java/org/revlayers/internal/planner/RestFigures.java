package org.revlayers.internal.planner;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.Model;
import org.revlayers.internal.convert.PlanUnits;
import org.revlayers.internal.memory.Arena;
import org.revlayers.internal.memory.IdleWorkspaces;
import org.revlayers.memory.MemoryMeter;
import org.revlayers.plan.Answer;

/**
 * What a training step holds beyond what its units do, measured in steps of a copy of the network whose units keep nothing: DL4J's workspaces with the
 * outputs that the network keeps, layers in no unit, the head.
 *
 * @param bytes   at the peak, whatever the plan
 * @param seconds of a step, without its units
 */
public record RestFigures(long bytes, double seconds) {

    /** Steps at most, and steps without a new peak that are enough. */
    private static final int STEPS = 10;

    private static final int STILL = 4;
    private static final double NANOS = 1e-9;

    static RestFigures of(PlanUnits units, List<Map<Answer, UnitFigures>> figures, Batch batch) {
        List<PlanUnits.Assigned> leanest = new ArrayList<>();
        for (int i = 0; i < figures.size(); i++) {
            leanest.add(new PlanUnits.Assigned(i, i + 1, Answer.CHECKPOINT.memory()));
        }
        Model net = units.apply(leanest);
        IdleWorkspaces.free();
        long peak = 0;
        double seconds = Double.MAX_VALUE;
        int still = 0;
        for (int step = 0; step < STEPS && still < STILL; step++) { // workspaces learn their sizes
            MemoryMeter meter = new MemoryMeter();
            meter.beginPhase();
            long start = System.nanoTime();
            batch.fit(net);
            if (step > 0) {
                seconds = Math.min(seconds, (System.nanoTime() - start) * NANOS);
            }
            meter.endPhase();
            still = meter.report().peakBytes() > peak ? 0 : still + 1;
            peak = Math.max(peak, meter.report().peakBytes());
        }
        IdleWorkspaces.free();
        Arena.current().trim();
        double inUnits = figures.stream()
                .mapToDouble(unit -> unit.get(Answer.CHECKPOINT).seconds())
                .sum();
        return new RestFigures(Math.max(0, peak - peak(figures)), Math.max(0, seconds - inUnits));
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
