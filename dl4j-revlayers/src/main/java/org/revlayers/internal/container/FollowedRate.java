package org.revlayers.internal.container;

import java.util.function.Consumer;
import java.util.function.Supplier;
import lombok.RequiredArgsConstructor;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.schedule.ISchedule;

/**
 * Hands a learning rate that DL4J sets on a container's updater on to the layers inside that have updaters of their own, as it would have set it on each
 * of them: {@code net.setLearningRate} changes a layer's updater object and tells nobody.
 */
@RequiredArgsConstructor
final class FollowedRate {

    private final Supplier<IUpdater> updater;

    private IUpdater seen;

    /** From now on a change is one to follow. */
    void watch() {
        IUpdater now = updater.get();
        seen = now == null ? null : now.clone();
    }

    /**
     * Hands a change on, if there was one.
     *
     * @param inside gives the updaters of the layers inside to the consumer
     */
    void follow(Consumer<Consumer<IUpdater>> inside) {
        IUpdater now = updater.get();
        if (seen == null || now == null || now.equals(seen)) {
            return;
        }
        if (now.getClass() == seen.getClass() && now.hasLearningRate()) {
            ISchedule schedule = schedule(now);
            double rate = schedule == null ? now.getLearningRate(0, 0) : Double.NaN;
            inside.accept(own -> {
                if (own.hasLearningRate()) {
                    own.setLrAndSchedule(rate, schedule);
                }
            });
        }
        watch();
    }

    /** Every updater of ND4J with a rate has this getter; one without has no schedule that could be set. */
    private static ISchedule schedule(IUpdater updater) {
        try {
            return (ISchedule)
                    updater.getClass().getMethod("getLearningRateSchedule").invoke(updater);
        } catch (ReflectiveOperationException e) {
            return null;
        }
    }
}
