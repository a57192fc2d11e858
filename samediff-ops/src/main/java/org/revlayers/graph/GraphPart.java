package org.revlayers.graph;

import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.revlayers.internal.backend.GraphCut;

/**
 * A part of an existing graph as a {@link SubFunction}: what computes one of its variables from another; see {@link SubFunction#part}.
 *
 * @param graph  the existing graph; it is not changed
 * @param input  name of the part's input
 * @param output name of its value, before the residual addition
 */
record GraphPart(SameDiff graph, String input, String output) implements SubFunction {

    /** Checks the names. */
    GraphPart {
        for (String name : new String[] {input, output}) {
            if (!graph.hasVariable(name)) {
                throw new IllegalArgumentException(
                        "the graph has no variable \"" + name + "\": see the names in its summary()");
            }
        }
    }

    @Override
    public SDVariable define(SameDiff sd, SDVariable x) {
        return sd.getVariable(
                GraphCut.paste(graph, input, output, sd, x.name(), name -> leaf(sd, name), (made, op) -> {}));
    }

    private String leaf(SameDiff sd, String name) {
        if (graph == sd) {
            return name;
        }
        SDVariable v = graph.getVariable(name);
        return switch (v.getVariableType()) {
            case VARIABLE -> sd.var(name, v.getArr().dup()).name();
            case CONSTANT -> sd.constant(name, v.getArr().dup()).name();
            default -> {
                if (!sd.hasVariable(name)) {
                    throw new IllegalArgumentException("the part reads the placeholder \"" + name
                            + "\", and the chain's graph has no variable of that name: make one");
                }
                yield name;
            }
        };
    }
}
