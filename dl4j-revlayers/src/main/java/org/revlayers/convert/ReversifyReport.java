package org.revlayers.convert;

import java.util.List;
import java.util.Locale;

/**
 * What a conversion did.
 *
 * @param chains      made
 * @param checkpointed sequences whose inside is computed again in backward
 * @param left        as it was
 * @param updater     what became of the updater's state
 * @param comparison  on the sample batch, or null if there was none
 */
public record ReversifyReport(
        List<Chain> chains, List<Checkpointed> checkpointed, List<Left> left, String updater, Comparison comparison) {

    /**
     * One chain.
     *
     * @param name   of the layer
     * @param blocks names of what went into it
     * @param subBlocks their number
     */
    public record Chain(String name, List<String> blocks, int subBlocks) {}

    /**
     * One sequence.
     *
     * @param name     of the layer
     * @param vertices names of what went into it
     */
    public record Checkpointed(String name, List<String> vertices) {}

    /**
     * A layer that stayed.
     *
     * @param name   of it
     * @param reason why
     */
    public record Left(String name, String reason) {}

    /**
     * Figures of the sample batch.
     *
     * @param plain      largest |output difference| at (α, β) = (1, 0), where both networks compute the same
     * @param start      largest |output difference| at the first coefficients of the schedule
     * @param largest    |output| of the network as it was
     * @param keptBefore predicted bytes for backward: outputs that the network keeps and what layers keep inside; −1 if unknown
     * @param keptAfter  the same of the converted network, in the first step
     */
    public record Comparison(double plain, double start, double largest, long keptBefore, long keptAfter) {}

    /** As text, for people. */
    @Override
    public String toString() {
        StringBuilder out = new StringBuilder();
        chains.forEach(c -> out.append(String.format(
                "chain %s: %d sub-blocks from %s%n", c.name(), c.subBlocks(), String.join(", ", c.blocks()))));
        checkpointed.forEach(c ->
                out.append(String.format("checkpoint sequence %s: %s%n", c.name(), String.join(", ", c.vertices()))));
        left.forEach(l -> out.append(String.format("left %s: %s%n", l.name(), l.reason())));
        out.append("updater: ").append(updater).append(System.lineSeparator());
        if (comparison != null) {
            out.append(Comparisons.told(
                    comparison.largest(),
                    () -> String.format(
                            Locale.ROOT,
                            "output difference on the sample: %.3g at (1, 0), %.3g at the start coefficients, of outputs up to %.3g%n",
                            comparison.plain(),
                            comparison.start(),
                            comparison.largest())));
            out.append(Comparisons.predicted(comparison.keptBefore(), comparison.keptAfter()));
        }
        return out.toString();
    }
}
