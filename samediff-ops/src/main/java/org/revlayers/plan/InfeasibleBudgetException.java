package org.revlayers.plan;

/**
 * No plan fits a budget: says which budget does, what binds there and, where it is known, the largest batch that fits.
 *
 * @since 0.1.0
 */
public final class InfeasibleBudgetException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    private final long budget;
    private final long leastBudget;
    private final String binding;
    private final String remedy;

    /**
     * @param budget      that was asked for, in bytes
     * @param leastBudget that would do, in bytes
     * @param binding     name of the unit, or units, or head, whose peak it is
     * @param remedy      what else to do than give so much
     */
    public InfeasibleBudgetException(long budget, long leastBudget, String binding, String remedy) {
        this(budget, leastBudget, binding, remedy, "");
    }

    private InfeasibleBudgetException(long budget, long leastBudget, String binding, String remedy, String of) {
        super("no plan fits " + Bytes.exact(budget) + ": the least that works is " + Bytes.exact(leastBudget) + of
                + ", where " + binding + " has the peak: give so much, or " + remedy);
        this.budget = budget;
        this.leastBudget = leastBudget;
        this.binding = binding;
        this.remedy = remedy;
    }

    /**
     * The same of a budget for the whole process.
     *
     * @param process budget that was asked for, in bytes
     * @param fixed   what the process holds beside the arrays of a step, in bytes: weights, gradients, updater state, the batch, JVM and ND4J
     */
    public InfeasibleBudgetException ofProcess(long process, long fixed) {
        return new InfeasibleBudgetException(
                process,
                Math.addExact(fixed, leastBudget),
                binding,
                remedy,
                " of the whole process, " + Bytes.text(fixed)
                        + " of it weights, gradients, updater state, batch, JVM and ND4J");
    }

    /** The same for a caller who knows which batch would fit; 0 for none. */
    public InfeasibleBudgetException withLargestBatch(long batch) {
        return new InfeasibleBudgetException(
                budget,
                leastBudget,
                binding,
                batch == 0
                        ? "allow methods that are less exact (not even a batch of 1 fits)"
                        : "use a smaller batch: the largest that fits is " + batch);
    }

    /** What was asked for, in bytes. */
    public long budget() {
        return budget;
    }

    /** The least that works, in bytes. */
    public long leastBudget() {
        return leastBudget;
    }

    /** The name of what has the peak there. */
    public String binding() {
        return binding;
    }
}
