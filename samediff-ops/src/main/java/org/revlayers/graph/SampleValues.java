package org.revlayers.graph;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.backend.GraphCut;

/** Values of a graph's variables on a sample, from which their shapes and ranges are learnt: M2.1 knows neither before the graph runs. */
final class SampleValues {

    private SampleValues() {}

    /**
     * Runs the graph once, for inference; all these variables are in memory then.
     *
     * @param sample    values of the placeholders that they need
     * @param variables the variables
     * @throws IllegalArgumentException if one of those placeholders has no value
     */
    static Map<String, INDArray> of(SameDiff graph, Map<String, INDArray> sample, Collection<String> variables) {
        Map<String, INDArray> values = new HashMap<>();
        List<String> computed = new ArrayList<>();
        for (String name : new LinkedHashSet<>(variables)) {
            SDVariable v = graph.getVariable(name);
            if (v.getVariableType() == VariableType.ARRAY) {
                computed.add(name);
            } else {
                values.put(name, v.isPlaceHolder() ? given(sample, name) : v.getArr());
            }
        }
        for (String op : GraphCut.order(graph, computed)) {
            for (String input : graph.getOps().get(op).getInputsToOp()) {
                if (graph.getVariable(input).isPlaceHolder()) {
                    given(sample, input);
                }
            }
        }
        if (!computed.isEmpty()) {
            values.putAll(graph.output(sample, computed));
        }
        return values;
    }

    private static INDArray given(Map<String, INDArray> sample, String placeholder) {
        INDArray array = sample.get(placeholder);
        if (array == null) {
            throw new IllegalArgumentException(
                    "the sample has no value for placeholder \"" + placeholder + "\", which the graph needs: add one");
        }
        return array;
    }
}
