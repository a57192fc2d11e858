package org.revlayers.examples.bench;

import java.util.List;
import java.util.stream.Stream;
import org.revlayers.examples.shared.PlanChoice;
import org.revlayers.examples.shared.TrainingMethod;
import org.revlayers.examples.shared.UsageException;

/**
 * What {@code bench} compares.
 *
 * @param label as on the command line
 * @param ours  how our layers are trained; null for a stock network and for a peer
 */
record BenchMethod(String label, TrainingMethod ours) {

    /** The same network from stock SameDiff ops, trained by {@code SameDiff.fit}. */
    private static final String STOCK_SAMEDIFF = "stock-samediff";

    /** The same network from stock DL4J layers and vertices. */
    private static final String STOCK_DL4J = "stock-dl4j";

    static String labels() {
        return TrainingMethod.labels() + ", " + STOCK_SAMEDIFF + ", " + STOCK_DL4J + ", " + Peers.NAMES;
    }

    /** Between plan and a budget. */
    private static final String AT = "@";

    static BenchMethod of(String label) {
        String wanted = label.trim();
        if (wanted.startsWith(TrainingMethod.PLAN.label() + AT)) {
            BenchMethod plan = new BenchMethod(wanted, TrainingMethod.PLAN);
            PlanChoice.checkBudget("--methods " + wanted, plan.budget());
            return plan;
        }
        for (String stock : new String[] {STOCK_SAMEDIFF, STOCK_DL4J}) {
            if (stock.equalsIgnoreCase(wanted)) {
                return new BenchMethod(stock, null);
            }
        }
        if (Peers.METHODS.contains(wanted)) {
            return new BenchMethod(wanted, null);
        }
        return TrainingMethod.of(wanted)
                .map(m -> new BenchMethod(m.label(), m))
                .orElseThrow(() -> new UsageException("--methods knows " + labels() + "; got " + label));
    }

    /** Itself; a plan once for each budget. */
    Stream<BenchMethod> budgeted(List<String> budgets) {
        return ours == TrainingMethod.PLAN && !label.contains(AT)
                ? budgets.stream().map(budget -> new BenchMethod(label + AT + budget.trim(), ours))
                : Stream.of(this);
    }

    /** Of a plan. */
    String budget() {
        return label.substring(label.indexOf(AT) + 1);
    }

    /** Whether it runs in PyTorch. */
    boolean isPeer() {
        return Peers.METHODS.contains(label);
    }

    boolean isStockSameDiff() {
        return label.equals(STOCK_SAMEDIFF);
    }
}
