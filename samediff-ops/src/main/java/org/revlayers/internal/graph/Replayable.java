package org.revlayers.internal.graph;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.linalg.api.ops.impl.controlflow.compat.BaseCompatOp;
import org.revlayers.internal.backend.RandomOps;

/** Whether ops of a graph can move into an op that computes them again. */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
final class Replayable {

    /**
     * Why they cannot; null if they can.
     *
     * @param keep names of variables that must stay where they are
     * @param has  whether an op may read what these compute: one of them, or the one that takes their value
     * @param open a variable that any op may read; null for none
     */
    static @Nullable String obstacle(
            SameDiff graph, Collection<String> ops, Set<String> keep, Predicate<String> has, @Nullable String open) {
        for (String name : ops) {
            SameDiffOp op = graph.getOps().get(name);
            if (RandomOps.isRandom(op.getOp())) {
                return "\"" + value(op) + "\" inside is of the random op "
                        + op.getOp().opName() + ": use RevOps.dropoutReplay";
            }
            if (op.getOp() instanceof BaseCompatOp || GraphWalk.hasControl(op)) {
                return "\"" + value(op) + "\" inside is part of a loop or a condition, or has control dependencies";
            }
            for (String variable : op.getOutputsOfOp()) {
                if (keep.contains(variable)) {
                    return "\"" + variable + "\" inside is to be kept or is a loss";
                }
                List<String> readers = variable.equals(open) ? List.of() : GraphWalk.readers(graph, variable);
                for (String reader : readers) {
                    if (!has.test(reader)) {
                        return "\"" + value(graph.getOps().get(reader)) + "\" outside reads \"" + variable
                                + "\" inside";
                    }
                }
            }
        }
        return null;
    }

    /** Ops may have names that nobody has seen. */
    private static String value(SameDiffOp op) {
        return op.getOutputsOfOp().get(0);
    }
}
