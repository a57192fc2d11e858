package org.revlayers.internal.graph;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.backend.GraphOutputs;
import org.revlayers.internal.backend.SameDiffInternals;
import org.revlayers.reversible.Coefficients;

/**
 * The way back of {@link ChainRewrite} and {@link RazorRewrite}, also for graphs from files: a new graph of stock ops, with the parameters, updater
 * state and training configuration that the given one has now. Additions, and what is computed inside blocks, get the names that they had; in graphs
 * that were saved before chains kept those names, the additions alone.
 */
public final class GraphRestore {

    private GraphRestore() {}

    /**
     * A plain graph.
     *
     * @param graph      the new one
     * @param chains     by name, with the coefficients that they stood at in the present step: at (1, 0) the plain blocks compute the same
     * @param thinned    values of the ops that kept thinned activations
     * @param left       by name, what stays, and why
     * @param difference largest |difference| of the values of chains and of thinned ops on the sample; empty without one
     * @param largest    |value| among them; empty without a sample
     */
    public record Result(
            SameDiff graph,
            Map<String, Coefficients> chains,
            List<String> thinned,
            Map<String, String> left,
            OptionalDouble difference,
            OptionalDouble largest) {}

    /**
     * Writes chains as the residual blocks that they are at (1, 0), and thinned ops as ND4J's own.
     *
     * @param sample values of the placeholders that they need, or none
     * @throws IllegalArgumentException if there is nothing that has a plain form, or the sample lacks a placeholder
     */
    public static Result restore(SameDiff sd, Map<String, INDArray> sample) {
        SameDiff plain = SameDiffInternals.copy(sd);
        Map<String, INDArray> values = sample.isEmpty() ? GraphKept.zeros(plain, Map.of()) : sample;
        ChainRestore restore = new ChainRestore(plain);
        Map<String, Coefficients> chains = restore.run();
        RazorRestore razors = new RazorRestore(plain, values); // of those inside chains too
        List<String> thinned = razors.run();
        Map<String, String> left = new LinkedHashMap<>(razors.left());
        restore.left()
                .forEach(chain -> left.put(
                        chain, "it has no plain form: its streams start as halves (SPLIT) or are merged at the end"));
        if (chains.isEmpty() && thinned.isEmpty()) {
            throw new IllegalArgumentException(
                    "nothing to restore: the graph has no chain of residual blocks and no thinned op"
                            + (left.isEmpty() ? "" : "; left: " + left));
        }
        if (sample.isEmpty()) {
            return new Result(plain, chains, thinned, left, OptionalDouble.empty(), OptionalDouble.empty());
        }
        List<String> names = new ArrayList<>(restore.values());
        thinned.stream()
                .filter(name -> sd.hasVariable(name) && !names.contains(name))
                .forEach(names::add);
        Map<String, INDArray> expected = GraphOutputs.once(sd, sample, names);
        return new Result(
                plain,
                chains,
                thinned,
                left,
                OptionalDouble.of(GraphComparison.difference(expected, plain, sample)),
                OptionalDouble.of(GraphComparison.largest(expected)));
    }
}
