package org.revlayers.graph;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.backend.GraphOutputs;

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
        try (GraphOutputs outputs = new GraphOutputs(graph)) {
            return outputs.of(sample, List.copyOf(new LinkedHashSet<>(variables)));
        }
    }
}
