package org.revlayers.internal.graph;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.autodiff.samediff.internal.Variable;

/** What reads what in a graph. */
final class GraphWalk {

    private GraphWalk() {}

    /** Whether the op waits for others by more than its inputs. */
    static boolean hasControl(SameDiffOp op) {
        return isFilled(op.getControlDeps()) || isFilled(op.getVarControlDeps()) || isFilled(op.getControlDepFor());
    }

    private static boolean isFilled(List<String> names) {
        return names != null && !names.isEmpty();
    }

    /** The ops that compute {@code to} and depend on {@code from}; none if it does not. */
    static Set<String> between(SameDiff graph, String from, String to) {
        Set<String> back = new LinkedHashSet<>();
        Deque<String> open = new ArrayDeque<>(List.of(to));
        while (!open.isEmpty()) {
            String variable = open.pop();
            String op = variable.equals(from)
                    ? null
                    : graph.getVariables().get(variable).getOutputOfOp();
            if (op != null && back.add(op)) {
                open.addAll(graph.getOps().get(op).getInputsToOp());
            }
        }
        Set<String> between = new LinkedHashSet<>();
        open.add(from);
        while (!open.isEmpty()) {
            for (String reader : readers(graph, open.pop())) {
                if (back.contains(reader) && between.add(reader)) {
                    open.addAll(graph.getOps().get(reader).getOutputsOfOp());
                }
            }
        }
        return between;
    }

    /** Names of the ops that read a variable. */
    static List<String> readers(SameDiff graph, String variable) {
        Variable v = graph.getVariables().get(variable);
        return v.getInputsForOp() == null ? List.of() : v.getInputsForOp();
    }
}
