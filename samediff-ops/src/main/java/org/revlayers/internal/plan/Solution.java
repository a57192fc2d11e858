package org.revlayers.internal.plan;

import java.util.Arrays;
import java.util.List;
import org.revlayers.plan.Exactness;

/**
 * A plan: a choice for every unit. All its figures are computed from its steps, in forward order:
 *
 * <pre>
 *   peak at step i = B + Σ_{j&lt;i} s_j + max(forward peak, backward peak + read ahead)
 * </pre>
 *
 * <p>where what the nearest step before i has moved to a disk is read ahead, if step i or one behind it has something there, too.
 *
 * @param problem that it is for
 * @param steps   in forward order, without a gap
 */
public record Solution(PlanProblem problem, List<Step> steps) {

    /** The name of what binds a plan whose peak is behind the last unit. */
    public static final String HEAD = "the head";

    /** @throws IllegalArgumentException if steps leave a unit out or take one twice */
    public Solution {
        steps = List.copyOf(steps);
        int at = 0;
        for (Step step : steps) {
            if (step.from() != at || step.to() <= at) {
                throw gap(at, "step [" + step.from() + ", " + step.to() + ") follows");
            }
            at = step.to();
        }
        if (at != problem.units().size()) {
            throw gap(at, "the problem has " + problem.units().size() + " units");
        }
    }

    private static IllegalArgumentException gap(int at, String but) {
        return new IllegalArgumentException(
                "steps follow each other from unit 0 to the last, they end at unit " + at + " and " + but);
    }

    /** What all units keep between forward and backward, without B. */
    public long keptBytes() {
        return steps.stream().mapToLong(step -> step.choice().keptBytes()).sum();
    }

    /** B, and a disk's buffers if something is moved there. */
    public long fixedBytes() {
        return problem.fixedBytes() + (movedBytes() > 0 ? problem.diskBytes() : 0);
    }

    /** What is written to a disk in a step. */
    public long movedBytes() {
        return steps.stream().mapToLong(step -> step.choice().movedBytes()).sum();
    }

    private long before(int step) {
        return fixedBytes()
                + steps.subList(0, step).stream()
                        .mapToLong(earlier -> earlier.choice().keptBytes())
                        .sum();
    }

    /** What is read ahead while each step goes back. */
    private long[] ahead() {
        long[] ahead = new long[steps.size()];
        int asking = -1;
        for (int i = steps.size() - 1; i >= 0; i--) {
            long moved = steps.get(i).choice().movedBytes();
            if (moved > 0) {
                Arrays.fill(ahead, i + 1, Math.max(i, asking) + 1, moved);
                asking = i;
            }
        }
        return ahead;
    }

    /** The peak in the forward of a step, B included. */
    public long forwardPeakBytes(int step) {
        return before(step) + steps.get(step).choice().forwardPeakBytes();
    }

    /** The same in its backward. */
    public long backwardPeakBytes(int step) {
        return before(step) + steps.get(step).choice().backwardPeakBytes() + ahead()[step];
    }

    /** The peak within a step, B included; of the head for the index behind the last step. */
    public long peakBytes(int step) {
        return step == steps.size()
                ? before(step) + problem.headBytes()
                : Math.max(forwardPeakBytes(step), backwardPeakBytes(step));
    }

    /** The peak, B included. */
    public long peakBytes() {
        return peakBytes(bindingStep());
    }

    /** Extra seconds of a training step. */
    public double seconds() {
        return Sums.seconds(
                steps.stream().mapToLong(step -> step.choice().nanos()).sum());
    }

    /** The widest that it uses. */
    public Exactness exactness() {
        return steps.stream().map(step -> step.choice().exactness()).reduce(Exactness.SAME_FUNCTION, Exactness::or);
    }

    /** The step that has the peak, the first of several; {@code steps().size()} for the head. */
    public int bindingStep() {
        int binding = steps.size();
        long[] ahead = ahead();
        long kept = keptBytes();
        long most = kept + problem.headBytes();
        for (int i = steps.size() - 1; i >= 0; i--) {
            Choice choice = steps.get(i).choice();
            kept -= choice.keptBytes();
            long peak = kept + Math.max(choice.forwardPeakBytes(), choice.backwardPeakBytes() + ahead[i]);
            if (peak >= most) {
                most = peak;
                binding = i;
            }
        }
        return binding;
    }

    /** The name of the unit or the units that have the peak, or {@value #HEAD}. */
    public String binding() {
        int binding = bindingStep();
        return binding == steps.size() ? HEAD : name(binding);
    }

    /** The name of a step's unit or units. */
    public String name(int step) {
        return problem.name(steps.get(step).from(), steps.get(step).to());
    }

    /** The step that trains a unit. */
    public Step over(int unit) {
        return steps.stream()
                .filter(step -> step.from() <= unit && unit < step.to())
                .findFirst()
                .orElseThrow(() -> new IndexOutOfBoundsException(
                        "the plan has units 0 to " + (problem.units().size() - 1) + ", not " + unit));
    }
}
