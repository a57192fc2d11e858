package org.revlayers.internal.planner;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.deeplearning4j.nn.api.Model;
import org.revlayers.internal.convert.PlanUnits;
import org.revlayers.internal.memory.Arena;
import org.revlayers.internal.memory.IdleWorkspaces;
import org.revlayers.memory.MemoryMeter;
import org.revlayers.plan.Answer;
import org.revlayers.plan.Bytes;

/**
 * Steps of copies of a network, to measure what was predicted.
 *
 * @param network that a plan was made for
 * @param batch   to train on
 */
public record Trial(PlanUnits network, Batch batch) {

    /** DL4J's workspaces have their sizes after so many steps. */
    private static final int STEPS = 10;

    private static final double NANOS = 1e-9;

    /** What some steps took. */
    record Measured(long peakBytes, double seconds) {

        private String line(String name, PlanFigures.Totals predicted) {
            return String.format(
                    Locale.ROOT,
                    "%-8s peak: predicted %s, measured %s (%.4f); step: predicted %.3f s, measured %.3f s (%.2f)%n",
                    name,
                    Bytes.text(predicted.peakBytes()),
                    Bytes.text(peakBytes),
                    (double) peakBytes / predicted.peakBytes(),
                    predicted.seconds(),
                    seconds,
                    seconds / predicted.seconds());
        }
    }

    /** A line for the plan, and one for plain. */
    public String verify(PlanFigures plan) {
        List<PlanUnits.Assigned> stored = new ArrayList<>();
        for (int i = 0; i < network.units().size(); i++) {
            stored.add(new PlanUnits.Assigned(i, i + 1, Answer.STORE.memory()));
        }
        return measured(plan.assigned(network)).line("planned", plan.plan())
                + measured(stored).line("plain", plan.plain());
    }

    private Measured measured(List<PlanUnits.Assigned> assigned) {
        Model net = network.apply(assigned);
        IdleWorkspaces.free();
        long peak = 0;
        double seconds = Double.MAX_VALUE;
        for (int step = 0; step < STEPS; step++) {
            MemoryMeter meter = new MemoryMeter();
            meter.beginPhase();
            long start = System.nanoTime();
            batch.fit(net);
            seconds = step == 0 ? seconds : Math.min(seconds, (System.nanoTime() - start) * NANOS);
            meter.endPhase();
            peak = step == 0 ? 0 : Math.max(peak, meter.report().peakBytes());
        }
        IdleWorkspaces.free();
        Arena.current().trim();
        return new Measured(peak, seconds);
    }
}
