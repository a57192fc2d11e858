package org.revlayers.internal.planner;

import java.util.Comparator;
import org.revlayers.reversible.CoefficientSchedule;

/** Where on a schedule chains keep the most: where |β| is smallest, for a sub-block keeps ⌈log₂⌈1/|β|⌉⌉ side bits per element. */
public final class WorstStep {

    private WorstStep() {}

    static int of(CoefficientSchedule schedule) {
        return (int) schedule.table().rows().stream()
                .min(Comparator.comparingInt(row -> Math.abs(row.b())))
                .orElseThrow()
                .from();
    }

    /** @throws IllegalArgumentException for a schedule that comes to β ≤ 0: at 0 chains keep their sub-blocks' inputs, below it not all blocks can be in one */
    public static void check(CoefficientSchedule schedule) {
        schedule.table().rows().stream().filter(row -> row.b() <= 0).findFirst().ifPresent(row -> {
            throw new IllegalArgumentException(
                    "a plan needs a schedule with beta above 0 all along, but from iteration "
                            + row.from() + " on beta is " + row.b() + "/"
                            + schedule.table().q()
                            + ": take another end, or no way back, as in CoefficientSchedule.over(steps)");
        });
    }
}
