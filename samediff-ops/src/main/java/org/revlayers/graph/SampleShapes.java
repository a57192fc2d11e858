package org.revlayers.graph;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.backend.GraphCut;

/** Shapes of a graph's variables on a sample: M2.1 does not know those of computed ones before the graph runs. */
final class SampleShapes {

    private final Map<String, long[]> shapes = new HashMap<>();

    /**
     * Runs the graph once, for inference; all these variables are in memory then.
     *
     * @param sample    values of the placeholders that they need
     * @param variables the variables
     * @throws IllegalArgumentException if one of those placeholders has no value
     */
    SampleShapes(SameDiff graph, Map<String, INDArray> sample, Collection<String> variables) {
        List<String> computed = new ArrayList<>();
        for (String name : new LinkedHashSet<>(variables)) {
            SDVariable v = graph.getVariable(name);
            if (v.getVariableType() == VariableType.ARRAY) {
                computed.add(name);
            } else {
                INDArray array = v.isPlaceHolder() ? sample.get(name) : v.getArr();
                require(array != null, name);
                shapes.put(name, array.shape());
            }
        }
        needed(graph, computed).forEach(name -> require(sample.containsKey(name), name));
        if (!computed.isEmpty()) {
            graph.output(sample, computed).forEach((name, array) -> shapes.put(name, array.shape()));
        }
    }

    private static void require(boolean given, String placeholder) {
        if (!given) {
            throw new IllegalArgumentException(
                    "the sample has no value for placeholder \"" + placeholder + "\", which the graph needs: add one");
        }
    }

    private static Set<String> needed(SameDiff graph, List<String> computed) {
        Set<String> placeholders = new LinkedHashSet<>();
        for (String op : GraphCut.order(graph, computed)) {
            for (String input : graph.getOps().get(op).getInputsToOp()) {
                if (graph.getVariable(input).isPlaceHolder()) {
                    placeholders.add(input);
                }
            }
        }
        return placeholders;
    }

    /** The shape of one of the variables. */
    long[] of(String variable) {
        return shapes.get(variable);
    }
}
