package org.revlayers.convert;

import java.util.List;

/**
 * What a conversion did.
 *
 * @param sequences  made
 * @param left       as it was
 * @param dense      layers inside the sequences for which the razor does nothing
 * @param updater    what became of the updater's state
 * @param comparison on the sample batch, or null if there was none
 */
public record RazorReport(
        List<Sequence> sequences, List<Left> left, List<Dense> dense, String updater, Comparison comparison) {

    /**
     * One {@link org.revlayers.container.RazorSequence}.
     *
     * @param name   of the layer
     * @param layers names of what went into it
     */
    public record Sequence(String name, List<String> layers) {}

    /**
     * A layer that stayed.
     *
     * @param name   of it
     * @param reason why
     */
    public record Left(String name, String reason) {}

    /**
     * A layer inside a sequence whose backward gets its input as it was. The first layers of sequences are not named: they read what the network
     * keeps anyway.
     *
     * @param name   of the layer in the network as it was
     * @param reason why; see {@link org.revlayers.container.RazorSequence#denseInputs()}
     */
    public record Dense(String name, String reason) {}

    /**
     * Figures of the sample batch.
     *
     * @param difference largest |output difference|: layers of ours compute what stock ones do but for rounding
     * @param largest    |output| of the network as it was
     * @param keptBefore predicted bytes for backward: outputs that the network keeps and what layers keep inside; −1 if unknown
     * @param keptAfter  the same of the converted network
     */
    public record Comparison(double difference, double largest, long keptBefore, long keptAfter) {}

    /** As text, for people. */
    @Override
    public String toString() {
        StringBuilder out = new StringBuilder();
        sequences.forEach(
                s -> out.append(String.format("razor sequence %s: %s%n", s.name(), String.join(", ", s.layers()))));
        left.forEach(l -> out.append(String.format("left %s: %s%n", l.name(), l.reason())));
        dense.forEach(d -> out.append(String.format("dense input of %s: %s%n", d.name(), d.reason())));
        out.append("updater: ").append(updater).append(System.lineSeparator());
        if (comparison != null) {
            out.append(Comparisons.told(comparison.largest(), comparison.difference()));
            out.append(Comparisons.predicted(comparison.keptBefore(), comparison.keptAfter()));
        }
        return out.toString();
    }
}
