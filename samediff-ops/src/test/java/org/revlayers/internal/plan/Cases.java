package org.revlayers.internal.plan;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.revlayers.plan.Exactness;

/** Problems for tests, and what can be said about them without the solver: all plans one by one, and a step played through in time. */
final class Cases {

    private static final List<String> METHODS = List.of("recompute", "reversible", "approx", "offload", "razor");

    private Cases() {}

    /** Small numbers, so that zeros and ties are frequent. */
    static PlanProblem random(Random random, int units, int mostChoices, double segments) {
        List<PlanUnit> all = new ArrayList<>();
        for (int i = 0; i < units; i++) {
            List<Choice> choices = new ArrayList<>();
            int count = 1 + random.nextInt(mostChoices);
            for (int k = 0; k < count; k++) {
                choices.add(choice(random, k == 0 ? Choice.STORE : METHODS.get(random.nextInt(METHODS.size()))));
            }
            Collections.shuffle(choices, random);
            all.add(new PlanUnit("u" + i, choices));
        }
        List<Segment> several = new ArrayList<>();
        for (int from = 0; from < units; from++) {
            for (int to = from + 1; to <= units; to++) {
                if (random.nextDouble() < segments) {
                    several.add(new Segment(from, to, choice(random, METHODS.get(random.nextInt(METHODS.size())))));
                }
            }
        }
        return new PlanProblem(random.nextInt(4), random.nextInt(12), all, several, random.nextInt(5));
    }

    private static Choice choice(Random random, String method) {
        long kept = random.nextInt(3) == 0 ? 0 : random.nextInt(10);
        double seconds = random.nextInt(3) == 0 ? 0 : random.nextInt(6) * 0.1;
        Exactness exactness = method.equals(Choice.STORE) || random.nextBoolean()
                ? Exactness.SAME_FUNCTION
                : Exactness.values()[random.nextInt(3)];
        long moved = method.equals("offload") ? random.nextInt(6) : 0;
        return new Choice(method, kept, kept + random.nextInt(8), kept + random.nextInt(8), seconds, exactness, moved);
    }

    /** A plan's figures: its peak, its nanoseconds, and what it departs by: units of new function, approximate units, units that do not store. */
    record Figures(long peak, long nanos, int fresh, int approximate, int notStored) {

        /** Whether these are less, peak aside. */
        boolean cheaperThan(Figures other) {
            if (nanos != other.nanos) {
                return nanos < other.nanos;
            }
            if (fresh != other.fresh) {
                return fresh < other.fresh;
            }
            return approximate != other.approximate ? approximate < other.approximate : notStored < other.notStored;
        }

        Exactness widest() {
            return fresh > 0
                    ? Exactness.NEW_FUNCTION
                    : approximate > 0 ? Exactness.APPROXIMATE_GRADIENTS : Exactness.SAME_FUNCTION;
        }
    }

    /** Plays a step: forward, head, backward, with what is read from a disk; what is alive is counted as it comes and goes. */
    static Figures play(PlanProblem problem, List<Step> steps) {
        boolean moves = steps.stream().anyMatch(step -> step.choice().movedBytes() > 0);
        long alive = problem.fixedBytes() + (moves ? problem.diskBytes() : 0);
        long peak = alive;
        long nanos = 0;
        int[] departures = new int[3];
        for (Step step : steps) {
            peak = Math.max(peak, alive + step.choice().forwardPeakBytes());
            alive += step.choice().keptBytes();
        }
        peak = Math.max(peak, alive + problem.headBytes());
        long read = 0;
        for (int i = steps.size() - 1; i >= 0; i--) {
            Choice choice = steps.get(i).choice();
            int units = steps.get(i).to() - steps.get(i).from();
            alive -= choice.keptBytes();
            if (choice.movedBytes() > 0) {
                alive -= read; // these are its own
                read = 0;
                for (int j = i - 1; j >= 0 && read == 0; j--) {
                    read = steps.get(j).choice().movedBytes();
                }
                alive += read;
            }
            peak = Math.max(peak, alive + choice.backwardPeakBytes());
            nanos += Math.round(choice.seconds() * 1e9);
            departures[0] += choice.exactness() == Exactness.NEW_FUNCTION ? units : 0;
            departures[1] += choice.exactness() == Exactness.APPROXIMATE_GRADIENTS ? units : 0;
            departures[2] += choice.method().equals("store") ? 0 : units;
        }
        return new Figures(peak, nanos, departures[0], departures[1], departures[2]);
    }

    /** All plans there are. */
    static List<Figures> all(PlanProblem problem, Exactness allowed) {
        List<Figures> found = new ArrayList<>();
        extend(problem, allowed, new ArrayList<>(), 0, found);
        return found;
    }

    private static void extend(PlanProblem problem, Exactness allowed, List<Step> steps, int at, List<Figures> found) {
        if (at == problem.units().size()) {
            found.add(play(problem, steps));
            return;
        }
        List<Step> ways = new ArrayList<>();
        problem.units().get(at).choices().forEach(choice -> ways.add(new Step(at, at + 1, choice)));
        problem.segments().stream()
                .filter(segment -> segment.from() == at)
                .forEach(segment -> ways.add(new Step(at, segment.to(), segment.choice())));
        for (Step way : ways) {
            if (way.choice().exactness().compareTo(allowed) <= 0) {
                steps.add(way);
                extend(problem, allowed, steps, way.to(), found);
                steps.remove(steps.size() - 1);
            }
        }
    }

    /** The cheapest that fits, of equals the one with the least peak; null if none fits. */
    static Figures best(List<Figures> plans, long budget) {
        Figures best = null;
        for (Figures plan : plans) {
            if (plan.peak <= budget
                    && (best == null || plan.cheaperThan(best) || !best.cheaperThan(plan) && plan.peak < best.peak)) {
                best = plan;
            }
        }
        return best;
    }
}
