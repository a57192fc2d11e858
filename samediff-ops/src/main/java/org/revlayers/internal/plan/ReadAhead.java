package org.revlayers.internal.plan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What is read ahead from a disk, as the solver sees it. Backward comes to a unit whose arrays wait there, asks for them, and has those of the nearest such unit
 * before it read ahead: these are alive while it goes back and while all units between go back. The solver comes the same way and does not know yet which
 * unit will be the nearest before, so it has labels for each of the sizes that may be:
 *
 * <pre>
 *   state 0: nothing from this unit on waits on a disk, so nothing is read ahead
 *   state k: something does, and sizes[k − 1] bytes are read ahead while this unit goes back
 * </pre>
 *
 * <p>Plans begin in any state in which nothing is read ahead.
 *
 * @param buffers of a disk, which are there throughout if something waits on it
 * @param sizes   0, for nothing before, then those that choices move, rising; none if no choice does. Of more than {@value #MOST_SIZES}, the largest of each
 *                eighth of their range stands for all in it: what is read ahead is rounded up
 */
record ReadAhead(long buffers, long... sizes) {

    static final int MOST_SIZES = 8;

    static ReadAhead of(PlanProblem problem) {
        TreeSet<Long> moved = problem.choices()
                .map(Choice::movedBytes)
                .filter(bytes -> bytes > 0)
                .collect(Collectors.toCollection(TreeSet::new));
        List<Long> sizes = new ArrayList<>();
        if (!moved.isEmpty()) {
            long range = moved.last() - moved.first() + 1;
            long part = moved.size() > MOST_SIZES ? (range + MOST_SIZES - 1) / MOST_SIZES : 1;
            sizes.add(0L);
            for (long bytes : moved) {
                Long more = moved.higher(bytes);
                boolean last = more == null || (more - moved.first()) / part > (bytes - moved.first()) / part;
                if (last) {
                    sizes.add(bytes);
                }
            }
        }
        return new ReadAhead(
                problem.diskBytes(), sizes.stream().mapToLong(Long::longValue).toArray());
    }

    /** As {@link Frontier#rounding()}. */
    long rounding(PlanProblem problem) {
        return 1
                + problem.choices()
                        .mapToLong(Choice::movedBytes)
                        .filter(bytes -> bytes > 0)
                        .map(bytes -> sizes[index(bytes)] - bytes)
                        .max()
                        .orElse(0);
    }

    /** Of the size that stands for so many bytes. */
    private int index(long bytes) {
        int found = Arrays.binarySearch(sizes, bytes);
        return found >= 0 ? found : -found - 1;
    }

    int states() {
        return sizes.length + 1;
    }

    /** The number of a unit's labels in a state: plans begin with number 0, and end with that of the unit behind the last, in state 0. */
    int node(int unit, int state) {
        return unit * states() + state;
    }

    int unit(int node) {
        return node / states();
    }

    /** Where the steps that a unit has lead in a state. */
    List<Edges.Edge> edges(int node, List<Step> steps) {
        int state = node % states();
        List<Edges.Edge> edges = new ArrayList<>();
        for (Step step : steps) {
            Choice choice = step.choice();
            if (state == 0 && choice.movedBytes() == 0) {
                edges.add(new Edges.Edge(step, node(step.to(), 0), choice.keptBytes(), choice.peakBytes()));
            }
            if (state > 0) {
                edges(step, state, 0, edges);
            } else if (node == 0 && sizes.length > 0) {
                edges(step, 1, buffers, edges);
            }
        }
        return edges;
    }

    private void edges(Step step, int state, long more, List<Edges.Edge> edges) {
        Choice choice = step.choice();
        boolean moves = choice.movedBytes() > 0;
        int[] next = moves ? new int[] {0, index(choice.movedBytes()) + 1} : new int[] {state};
        for (int to : next) {
            edges.add(new Edges.Edge(
                    step,
                    node(step.to(), to),
                    more + choice.keptBytes(),
                    more + Math.max(choice.forwardPeakBytes(), choice.backwardPeakBytes() + sizes[state - 1])));
        }
    }
}
