package org.revlayers.convert;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a conversion did, or would do.
 *
 * @param units      what became what
 * @param left       as it was
 * @param dense      layers inside razor sequences for which the razor does nothing
 * @param norms      batch normalisations inside in-place sequences
 * @param updater    what became of the updater's state; null in a plan
 * @param comparison on the sample batch, or null if there was none
 * @since 0.1.0
 */
public record ConversionReport(
        List<Unit> units,
        List<Left> left,
        List<Dense> dense,
        List<Norm> norms,
        @Nullable String updater,
        @Nullable Comparison comparison) {

    /** Stands for the largest output where outputs were not compared. */
    public static final double NOT_COMPARED = -1;

    /** Kind of a unit: a chain of residual or transformer blocks. */
    public static final String CHAIN = "chain";

    /** Kind of a unit: layers of which the first one's input is kept. */
    public static final String CHECKPOINT = "checkpoint sequence";

    /** Kind of a unit: layers that keep thinned inputs. */
    public static final String RAZOR = "razor sequence";

    /** Kind of a unit: layers on this library's hosts. */
    public static final String STORE = "sequence";

    /** Kind of a unit: a layer that computes its hidden activation again. */
    public static final String RECOMPUTED = "recomputed inside";

    /** Kind of a unit: a layer whose activation function keeps codes of two bits. */
    public static final String CODED = "coded inside";

    /** Kind of a unit: layers whose batch normalisations work in place. */
    public static final String IN_PLACE = "in-place sequence";

    /** Kind of a unit: layers that keep inputs in 16 bits. */
    public static final String HALF = "half sequence";

    /** Kind of a unit: layers that keep inputs in 8 bits. */
    public static final String INT8 = "int8 sequence";

    /** Kind of a unit: layers in parts, each with a memory of its own. */
    public static final String PLANNED = "planned sequence";

    /** Kind of a unit: norms without gamma and beta. */
    public static final String NORMS = "shared norms";

    /** Kind of a unit: an op of a SameDiff graph that keeps less. */
    public static final String SWAPPED = "thinned op";

    /**
     * Layers that became one thing.
     *
     * @param kind      what they became: {@code chain}, {@code checkpoint sequence}, {@code razor sequence}, {@code sequence} and so on
     * @param name      of the layer that stands for them
     * @param members   names of the layers, vertices or values that went into it
     * @param subBlocks of a chain; 0 otherwise
     */
    public record Unit(String kind, String name, List<String> members, int subBlocks) {

        @Override
        public String toString() {
            String from = String.join(", ", members);
            return kind + " " + name + (subBlocks == 0 ? "" : ": " + subBlocks + " sub-blocks from " + from)
                    + (subBlocks > 0 || from.equals(name) ? "" : ": " + from);
        }
    }

    /**
     * A layer that stayed.
     *
     * @param name   of it
     * @param reason why
     */
    public record Left(String name, String reason) {}

    /**
     * A layer inside a razor sequence whose backward gets its input as it was. The first layers of sequences are not named: they read what the network
     * keeps anyway.
     *
     * @param name   of the layer in the network as it was
     * @param reason why; see {@link org.revlayers.container.RazorSequence#denseInputs()}
     */
    public record Dense(String name, String reason) {}

    /**
     * A batch normalisation inside an in-place sequence.
     *
     * @param name of the layer in the network as it was
     * @param what it normalises with in training and what backward computes from, or why it is as it was; see {@link org.revlayers.container.RazorSequence#norms()}
     */
    public record Norm(String name, String what) {}

    /**
     * Figures of the sample batch.
     *
     * @param plain      largest |output difference| with all chains at (α, β) = (1, 0), where both networks compute the same but for rounding
     * @param start      largest |output difference| of the network as it is; the same without chains
     * @param largest    |output| of the network as it was; −1 if outputs were not compared, for thinned ops alone change none: the differences are 0 then,
     *                   and the text leaves them out
     * @param keptBefore predicted bytes for backward: outputs that the network keeps and what layers keep inside; −1 if unknown
     * @param keptAfter  the same of the converted network, in the first step
     */
    public record Comparison(double plain, double start, double largest, long keptBefore, long keptAfter) {}

    /** The units of one kind. */
    public List<Unit> units(String kind) {
        return units.stream().filter(unit -> unit.kind().equals(kind)).toList();
    }

    /** The reversible chains. */
    public List<Unit> chains() {
        return units(CHAIN);
    }

    /** Sequences whose inside is computed again in backward. */
    public List<Unit> checkpoints() {
        return units(CHECKPOINT);
    }

    /** Sequences that thin. */
    public List<Unit> razors() {
        return units(RAZOR);
    }

    /** As text, for people. */
    @Override
    public String toString() {
        StringBuilder out = new StringBuilder();
        units.forEach(unit -> out.append(unit).append(System.lineSeparator()));
        left.forEach(l -> out.append(String.format("left %s: %s%n", l.name(), l.reason())));
        dense.forEach(d -> out.append(String.format("dense input of %s: %s%n", d.name(), d.reason())));
        norms.forEach(n -> out.append(String.format("batch normalisation %s: %s%n", n.name(), n.what())));
        if (updater != null) {
            out.append("updater: ").append(updater).append(System.lineSeparator());
        }
        if (comparison != null) {
            out.append(compared());
            out.append(Words.predicted(comparison.keptBefore(), comparison.keptAfter()));
        }
        return out.toString();
    }

    private String compared() {
        return chains().isEmpty()
                ? Words.told(comparison.largest(), comparison.start())
                : Words.told(
                        comparison.largest(),
                        () -> Words.difference(comparison.plain(), comparison.start(), comparison.largest()));
    }
}
