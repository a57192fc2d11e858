package org.revlayers.convert;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a restored network has to do with the one that it was made from. Both compute the same if the chains stood at (α, β) = (1, 0) and no ReLU was leaky; else the plain network is
 * another function of the same parameters, which has to be trained. A schedule with a {@code returnFraction} would have avoided the former.
 *
 * @param chains     that were taken apart, inside sequences too
 * @param leaky      sequences with leaky ReLUs behind batch normalisations, which are ReLUs again
 * @param left       chains and sequences that no conversion has made, and what else has no plain form
 * @param comparison on the sample batch, or null if there was none
 * @since 0.1.0
 */
public record RestorationReport(
        List<Chain> chains, List<Leaky> leaky, List<ConversionReport.Left> left, @Nullable Comparison comparison) {

    /**
     * One chain.
     *
     * @param name  of the layer
     * @param alpha in force when it was taken apart
     * @param beta  likewise
     */
    public record Chain(String name, double alpha, double beta) {

        /** Whether the plain blocks compute what the chain did. */
        public boolean isPlain() {
            return alpha == 1 && beta == 0;
        }
    }

    /**
     * One sequence of {@code Memory.inPlace(slope)}.
     *
     * @param name  of the layer
     * @param slope of its leaky ReLUs
     */
    public record Leaky(String name, double slope) {}

    /**
     * Figures of the sample batch.
     *
     * @param difference largest |output difference| between the given network and the plain one
     * @param largest    |output| of the given network
     */
    public record Comparison(double difference, double largest) {}

    /** Whether the plain network computes what the given one did, but for rounding. */
    public boolean sameFunction() {
        return cameBack() && leaky.isEmpty();
    }

    private boolean cameBack() {
        return chains.stream().allMatch(Chain::isPlain);
    }

    /** As text, for people. */
    @Override
    public String toString() {
        StringBuilder out = new StringBuilder();
        chains.forEach(c -> out.append(String.format(
                Locale.ROOT,
                "chain %s stood at (%s, %s): %s%n",
                c.name(),
                c.alpha(),
                c.beta(),
                c.isPlain() ? "the plain blocks compute the same" : "the plain blocks are another function")));
        leaky.forEach(l -> out.append(String.format(
                Locale.ROOT,
                "sequence %s had leaky ReLUs of slope %s behind batch normalisations: the plain ReLUs are another function%n",
                l.name(),
                l.slope())));
        left.forEach(stays -> out.append(String.format("left %s: %s%n", stays.name(), stays.reason())));
        if (comparison != null) {
            out.append(Words.told(comparison.largest(), comparison.difference()));
        }
        if (!cameBack()) {
            out.append(String.format("train the plain network further, or train the reversible one on a schedule with a"
                    + " returnFraction, which ends at (1, 0)%n"));
        }
        if (cameBack() && !leaky.isEmpty()) {
            out.append(String.format("train the plain network further%n"));
        }
        return out.toString();
    }
}
