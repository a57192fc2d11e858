package org.revlayers.internal.graph;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.graph.GraphChain;
import org.revlayers.graph.SubFunction;
import org.revlayers.internal.backend.SameDiffInternals;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;

/**
 * Makes chains of the residual blocks of an existing graph, imported or written for stock ND4J.
 *
 * <p>A block is an addition, {@code add} or {@code RevAdd}, of x and F(x), where nothing outside F reads what F computes and F has no random op,
 * loop or condition. What else F reads (parameters, constants, a mask) may come from anywhere but F's own run. Blocks that follow each other, each
 * read by the next alone, become one {@link GraphChain}. Of nested runs the outermost that is long enough is taken. A run ends where a state is
 * read from elsewhere, is a loss or is to be kept.
 *
 * <p>The given graph is not touched. The new one has its parameters, constants, placeholders and losses under the same names, the training
 * configuration and the updater state; the value of a run's last addition keeps its name, other variables inside chains are gone.
 *
 * <p>Shapes: a graph does not know those of computed values. With a sample ({@link Options#sample}) it is run once, and additions that broadcast
 * (F(x) larger or smaller than x) are left. Without one they are taken for blocks and fail when the graph runs.
 *
 * <p>Post-activation and post-norm networks apply a function r behind every addition: activations and norms, of one op or written out. Where
 * nothing but the next block reads what r does, r becomes part of that block ({@link GraphChain#then(String, SubFunction, SubFunction)}); the last
 * one stays behind the chain.
 *
 * <p>Limits: the graph is copied as {@code SameDiff.dup} does, through a buffer of at most 2 GB.
 */
public final class ChainRewrite {

    private ChainRewrite() {}

    /**
     * What is converted to what.
     *
     * @param atLeast blocks in a run that is converted
     * @param keep    names of variables that must be computable afterwards: no block has them inside, no run between its blocks
     * @param except  names of additions' values that are to stay additions
     * @param chains  sets up each chain before its sub-functions are appended
     * @param sample  values of the placeholders, on which the graph is run to learn shapes and to compare it with the new one; null: neither is done
     */
    public record Options(
            int atLeast,
            Set<String> keep,
            Set<String> except,
            UnaryOperator<GraphChain> chains,
            Map<String, INDArray> sample) {

        /** Checks the number and copies the names. */
        public Options {
            keep = Set.copyOf(keep);
            except = Set.copyOf(except);
            sample = sample == null ? null : Map.copyOf(sample);
            require(atLeast >= 1, "a chain has at least 1 block, not " + atLeast + ": choose 2, say");
        }

        /** The same network: coefficients (1, 0) and CHECKPOINT, outputs equal to the streams' resolution. Two blocks or more. */
        public static Options exact() {
            return chains(
                    c -> c.coefficients(CoefficientSchedule.constant(1, 0)).mode(ChainMode.CHECKPOINT));
        }

        /** Chains that are set up so; two blocks or more. */
        public static Options chains(UnaryOperator<GraphChain> chains) {
            return new Options(2, Set.of(), Set.of(), chains, null);
        }

        /** With another least number of blocks in a run. */
        public Options atLeast(int blocks) {
            return new Options(blocks, keep, except, chains, sample);
        }

        /** With variables that must stay. */
        public Options keep(String... names) {
            return new Options(atLeast, Set.of(names), except, chains, sample);
        }

        /** With additions that are to stay additions, by the names of their values. */
        public Options except(String... names) {
            return new Options(atLeast, keep, Set.of(names), chains, sample);
        }

        /** With values of the placeholders that the blocks need, labels not among them; one example is enough. */
        public Options sample(Map<String, INDArray> placeholders) {
            return new Options(atLeast, keep, except, chains, placeholders);
        }
    }

    /**
     * A converted graph.
     *
     * @param graph  the new one
     * @param chains by name, the values of the additions that became sub-functions, in order; the sub-functions have their names
     * @param left   values of additions of x and F(x) outside the chains, and why they were left
     * @param comparison with the given graph on a sample, on which the shapes of x and F(x) were compared too; null if there was none
     */
    public record Result(
            SameDiff graph, Map<String, List<String>> chains, Map<String, String> left, GraphComparison comparison) {}

    /**
     * A new graph with the runs of residual blocks of this one as chains.
     *
     * @throws NothingToConvertException if there is none, with what was left and why
     * @throws IllegalArgumentException if the sample lacks a placeholder that a block needs, or the graph has not what it is to keep
     */
    public static Result convert(SameDiff sd, Options options) {
        for (Set<String> names : List.of(options.keep(), options.except())) {
            for (String name : names) {
                require(
                        sd.hasVariable(name),
                        "the conversion is to keep \"" + name + "\", which the graph does not have");
            }
        }
        ResidualFinder finder = new ResidualFinder(sd, options);
        List<List<ResidualBlock>> runs = finder.runs(options.atLeast());
        if (runs.isEmpty()) {
            throw new NothingToConvertException(
                    "nothing to convert: the graph has no run of " + options.atLeast()
                            + " residual blocks (x + F(x)) or more; left: "
                            + (finder.left().isEmpty() ? "no addition of x and F(x) in the graph" : finder.left()),
                    finder.left());
        }
        SameDiff converted = SameDiffInternals.copy(sd);
        Map<String, List<String>> chains = ChainWriter.written(converted, runs, options.chains());
        GraphComparison comparison = null;
        if (options.sample() != null) {
            SameDiff atOne = SameDiffInternals.copy(sd);
            ChainWriter.written(atOne, runs, chain -> options.chains()
                    .apply(chain)
                    .coefficients(CoefficientSchedule.constant(1, 0))
                    .mode(ChainMode.CHECKPOINT)
                    .modes(block -> null));
            List<String> values =
                    runs.stream().map(run -> run.get(run.size() - 1).value()).toList();
            comparison = GraphComparison.of(sd, atOne, converted, values, options.sample());
        }
        return new Result(converted, chains, finder.left(), comparison);
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new IllegalArgumentException(what);
        }
    }
}
