package org.revlayers.examples.bench;

import org.revlayers.examples.shared.TrainingMethod;
import org.revlayers.examples.shared.UsageException;

/**
 * What {@code bench} compares.
 *
 * @param label as on the command line
 * @param ours  how our layers are trained; null for a stock network
 */
record BenchMethod(String label, TrainingMethod ours) {

    /** The same network from stock SameDiff ops, trained by {@code SameDiff.fit}. */
    private static final String STOCK_SAMEDIFF = "stock-samediff";

    /** The same network from stock DL4J layers and vertices. */
    private static final String STOCK_DL4J = "stock-dl4j";

    static String labels() {
        return TrainingMethod.labels() + ", " + STOCK_SAMEDIFF + ", " + STOCK_DL4J;
    }

    static BenchMethod of(String label) {
        String wanted = label.trim();
        for (String stock : new String[] {STOCK_SAMEDIFF, STOCK_DL4J}) {
            if (stock.equalsIgnoreCase(wanted)) {
                return new BenchMethod(stock, null);
            }
        }
        return TrainingMethod.of(wanted)
                .map(m -> new BenchMethod(m.label(), m))
                .orElseThrow(() -> new UsageException("--methods knows " + labels() + "; got " + label));
    }

    boolean isStockSameDiff() {
        return label.equals(STOCK_SAMEDIFF);
    }
}
