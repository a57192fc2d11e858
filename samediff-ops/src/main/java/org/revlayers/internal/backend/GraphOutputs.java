package org.revlayers.internal.backend;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import lombok.RequiredArgsConstructor;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.evaluation.IEvaluation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Values of a graph's variables in inference, computed in memory of its own and handed out as copies. The arrays that are given are read and never kept or
 * written, of whatever type and order they are.
 */
@RequiredArgsConstructor
public final class GraphOutputs implements AutoCloseable {

    private final SameDiff graph;

    private final RecyclingMemoryMgr memory = new RecyclingMemoryMgr();

    /**
     * Computes variables of a graph once; all are in memory then.
     *
     * @return as {@link #of} does
     * @throws IllegalArgumentException as {@link #of} does
     */
    public static Map<String, INDArray> once(
            SameDiff graph, Map<String, INDArray> placeholders, Collection<String> variables) {
        try (GraphOutputs outputs = new GraphOutputs(graph)) {
            return outputs.of(placeholders, List.copyOf(new LinkedHashSet<>(variables)));
        }
    }

    /**
     * Computes variables.
     *
     * @param placeholders values of the placeholders that they need
     * @return by name; arrays of computed variables are the caller's, those of parameters, constants and placeholders are as they are
     * @throws IllegalArgumentException if a variable is not there, or one of those placeholders has no value
     */
    public Map<String, INDArray> of(Map<String, INDArray> placeholders, List<String> variables) {
        Map<String, INDArray> values = new LinkedHashMap<>();
        List<String> computed = new ArrayList<>();
        for (String name : variables) {
            if (!graph.hasVariable(name)) {
                throw new IllegalArgumentException("the graph has no variable \"" + name + "\"");
            }
            SDVariable v = graph.getVariable(name);
            if (v.getVariableType() == VariableType.ARRAY) {
                computed.add(name);
                values.put(name, null);
            } else {
                values.put(name, v.isPlaceHolder() ? given(placeholders, name) : v.getArr());
            }
        }
        for (String op : GraphCut.order(graph, computed)) {
            for (String input : graph.getOps().get(op).getInputsToOp()) {
                if (graph.getVariable(input).isPlaceHolder()) {
                    given(placeholders, input);
                }
            }
        }
        if (!computed.isEmpty()) {
            run(placeholders, computed, values);
        }
        return values;
    }

    private void run(Map<String, INDArray> placeholders, List<String> computed, Map<String, INDArray> values) {
        try (StepMemory arrays = StepMemory.over(memory)) {
            Map<String, INDArray> results = new InnerSession(graph).run(computed, placeholders, arrays);
            computed.forEach(name -> values.put(name, results.get(name).dup('c')));
        }
    }

    private static INDArray given(Map<String, INDArray> placeholders, String name) {
        INDArray array = placeholders.get(name);
        if (array == null) {
            throw new IllegalArgumentException(
                    "the sample has no value for placeholder \"" + name + "\", which the graph needs: add one");
        }
        return array;
    }

    /** Values on all batches, one behind the other along the first axis. */
    public Map<String, INDArray> concatenated(
            MultiDataSetIterator data, TrainingConfig config, List<String> variables) {
        Map<String, List<INDArray>> parts = new LinkedHashMap<>();
        for (rewind(data); data.hasNext(); ) {
            of(new BatchInputs(config).inference(data.next()), variables)
                    .forEach((name, array) ->
                            parts.computeIfAbsent(name, n -> new ArrayList<>()).add(array));
        }
        Map<String, INDArray> whole = new LinkedHashMap<>();
        parts.forEach((name, arrays) -> whole.put(name, Nd4j.concat(0, arrays.toArray(INDArray[]::new))));
        return whole;
    }

    /** Hands predictions and labels to evaluations. */
    public void evaluate(
            MultiDataSetIterator data,
            TrainingConfig config,
            String variable,
            int label,
            IEvaluation<?>... evaluations) {
        for (rewind(data); data.hasNext(); ) {
            MultiDataSet batch = data.next();
            INDArray predicted = of(new BatchInputs(config).inference(batch), List.of(variable))
                    .get(variable);
            INDArray[] masks = batch.getLabelsMaskArrays();
            for (IEvaluation<?> evaluation : evaluations) {
                evaluation.eval(batch.getLabels(label), predicted, masks == null ? null : masks[label]);
            }
        }
    }

    private static void rewind(MultiDataSetIterator data) {
        if (!data.hasNext() && data.resetSupported()) {
            data.reset();
        }
    }

    @Override
    public void close() {
        memory.close();
    }
}
