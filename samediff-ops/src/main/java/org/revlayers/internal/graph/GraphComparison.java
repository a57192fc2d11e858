package org.revlayers.internal.graph;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.backend.GraphOutputs;
import org.revlayers.internal.backend.SameDiffInternals;
import org.revlayers.internal.kernel.Differences;

/**
 * A converted graph beside the one that it was made of, on a sample.
 *
 * @param plain      largest |difference| of the chains' values at (α, β) = (1, 0), where both graphs compute the same
 * @param start      largest |difference| at the coefficients of the graph's present step
 * @param largest    |value| of the given graph's
 * @param keptBefore bytes that a training step of the given graph keeps for backward; empty for a graph without a loss, or with a placeholder of
 *     unknown shape that is not in the sample
 * @param keptAfter  the same of the converted graph, at its present step
 */
public record GraphComparison(
        double plain, double start, double largest, OptionalLong keptBefore, OptionalLong keptAfter) {

    /**
     * Runs the graphs.
     *
     * @param values names of the chains' values
     */
    static GraphComparison of(
            SameDiff given,
            SameDiff atOne,
            SameDiff converted,
            Collection<String> values,
            Map<String, INDArray> sample) {
        Map<String, INDArray> expected = GraphOutputs.once(given, sample, values);
        return new GraphComparison(
                difference(expected, atOne, sample),
                difference(expected, converted, sample),
                largest(expected),
                kept(given, sample),
                kept(converted, sample));
    }

    /** Largest |difference| of a graph's values from these. */
    static double difference(Map<String, INDArray> expected, SameDiff graph, Map<String, INDArray> sample) {
        return GraphOutputs.once(graph, sample, expected.keySet()).entrySet().stream()
                .mapToDouble(e -> Differences.largest(expected.get(e.getKey()), e.getValue()))
                .max()
                .orElse(0);
    }

    /** Largest |value|. */
    static double largest(Map<String, INDArray> values) {
        return values.values().stream().mapToDouble(Differences::largest).max().orElse(0);
    }

    private static OptionalLong kept(SameDiff graph, Map<String, INDArray> sample) {
        if (graph.getLossVariables().isEmpty()) {
            return OptionalLong.empty();
        }
        SameDiff copy = SameDiffInternals.copy(graph);
        Map<String, long[]> shapes = new HashMap<>();
        sample.forEach((name, array) -> shapes.put(name, array.shape()));
        Map<String, INDArray> placeholders = GraphKept.zeros(copy, shapes);
        return placeholders == null ? OptionalLong.empty() : new GraphKept(copy).bytes(placeholders);
    }
}
