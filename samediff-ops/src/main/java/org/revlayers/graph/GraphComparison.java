package org.revlayers.graph;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.memory.ComparisonText;

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
        Map<String, INDArray> expected = SampleValues.of(given, sample, values);
        double largest = expected.values().stream()
                .mapToDouble(v -> v.amaxNumber().doubleValue())
                .max()
                .orElse(0);
        return new GraphComparison(
                difference(expected, atOne, sample),
                difference(expected, converted, sample),
                largest,
                kept(given, sample),
                kept(converted, sample));
    }

    private static double difference(Map<String, INDArray> expected, SameDiff graph, Map<String, INDArray> sample) {
        List<String> names = new ArrayList<>(expected.keySet());
        return SampleValues.of(graph, sample, names).entrySet().stream()
                .mapToDouble(e ->
                        e.getValue().sub(expected.get(e.getKey())).amaxNumber().doubleValue())
                .max()
                .orElse(0);
    }

    private static OptionalLong kept(SameDiff graph, Map<String, INDArray> sample) {
        if (graph.getLossVariables().isEmpty()) {
            return OptionalLong.empty();
        }
        SameDiff copy = GraphReversify.copy(graph);
        Map<String, long[]> shapes = new HashMap<>();
        sample.forEach((name, array) -> shapes.put(name, array.shape()));
        Map<String, INDArray> placeholders = GraphKept.zeros(copy, shapes);
        return placeholders == null ? OptionalLong.empty() : new GraphKept(copy).bytes(placeholders);
    }

    /** Two lines for people. */
    @Override
    public String toString() {
        String text = ComparisonText.difference(plain, start, largest);
        return keptBefore.isEmpty() || keptAfter.isEmpty()
                ? text + String.format("memory not predicted: it needs a loss, and shapes of all placeholders%n")
                : text + ComparisonText.predicted(keptBefore.getAsLong(), keptAfter.getAsLong());
    }
}
