package org.revlayers.examples.bench;

import java.util.Arrays;
import java.util.Locale;
import org.revlayers.layers.Method;

/** What {@code bench} compares. */
enum BenchMethod {
    /** Our layers, exact, everything kept. */
    PLAIN,
    /** Our layers with Approx-BP and MS-BP. */
    APPROX,
    /** Our layers, exact, the MLP's activation computed again. */
    RECOMPUTE,
    /** The same network from stock SameDiff ops, trained by {@code SameDiff.fit}. */
    STOCK_SAMEDIFF,
    /** The same network from stock DL4J layers and vertices. */
    STOCK_DL4J;

    /** As on the command line. */
    String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static BenchMethod of(String label) {
        for (BenchMethod method : values()) {
            if (method.label().equalsIgnoreCase(label.trim())) {
                return method;
            }
        }
        throw new IllegalArgumentException("--methods knows "
                + String.join(
                        ", ", Arrays.stream(values()).map(BenchMethod::label).toList())
                + "; got " + label);
    }

    Contestant contestant(VitShape shape) {
        return switch (this) {
            case PLAIN -> NetworkContestant.revlayers(shape, Method.PLAIN);
            case APPROX -> NetworkContestant.revlayers(shape, Method.APPROX);
            case RECOMPUTE -> NetworkContestant.revlayers(shape, Method.RECOMPUTE);
            case STOCK_SAMEDIFF -> new SameDiffContestant(shape);
            case STOCK_DL4J -> NetworkContestant.stock(shape);
        };
    }
}
