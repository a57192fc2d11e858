package org.revlayers.internal.planner;

import java.util.function.LongFunction;
import lombok.extern.slf4j.Slf4j;
import org.revlayers.plan.InfeasibleBudgetException;

/** Finds the first batch that a plan holds for, from one that should do on downward. */
@Slf4j
public final class BatchSearch {

    private static final long PART = 10;

    private BatchSearch() {}

    /**
     * Plans for a batch, and for smaller ones, each a tenth less, until one does.
     *
     * @param begin   examples
     * @param smaller whether a smaller batch would do
     * @param plan    for so many; null if it was not kept to
     * @throws InfeasibleBudgetException if none does
     */
    public static <P> P of(long begin, boolean smaller, LongFunction<P> plan) {
        for (long size = begin; ; size = Math.min(size - 1, size - size / PART)) {
            try {
                P found = plan.apply(size);
                if (found != null) {
                    return found;
                }
            } catch (InfeasibleBudgetException e) {
                if (!smaller || size == 1) {
                    throw e;
                }
            }
            if (size == 1) {
                throw new IllegalStateException(
                        "a step with one example took more than was predicted: give a larger budget");
            }
        }
    }

    /** Says what another batch does to a network with batch normalisation. */
    public static void warn(Trainable net, long given, long size) {
        if (given != size && net.hasBatchNormalization()) {
            log.warn(
                    "The network has batch normalisation, whose statistics are those of a batch: with {} examples it computes something else than with {}.",
                    size,
                    given);
        }
    }
}
