package org.revlayers.listeners;

import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.deeplearning4j.core.storage.Persistable;
import org.deeplearning4j.core.storage.StatsStorageRouter;
import org.deeplearning4j.core.storage.StorageMetaData;
import org.deeplearning4j.core.storage.listener.RoutingIterationListener;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.deeplearning4j.parallelism.ParallelWrapper;
import org.revlayers.internal.contract.Given;
import org.revlayers.internal.kernel.Warnings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the averages of a {@link ParallelWrapper} right. Version 1.0.0-M2.1's first worker trains the network itself while the others, in threads of their
 * own, still copy it: a late copy has trained parameters, and one batch counts twice. With this listener every worker waits, before its first batch of a
 * {@code fit}, until all of them have copied.
 *
 * <pre>{@code
 * ParallelWrapper wrapper = new ParallelWrapper.Builder<>(net).workers(2).averagingFrequency(1).build();
 * wrapper.setListeners(new StartTogether(wrapper.getWorkers()));
 * wrapper.fit(batches);
 * }</pre>
 *
 * <p>Workers meet once a {@code fit}, whether or not there is a batch for each; steps cost nothing. Deeplearning4j hands every worker that has copied a
 * copy of its routing listeners and tells that its name, which is how this one knows; it stores no statistics. One listener may serve several wrappers,
 * several {@code fit} calls, and a graph as well as a list. Of a network that trains without a wrapper, and on Spark, it does nothing.
 *
 * <p>A worker that died while it copied is waited for during the patience, a minute if not said otherwise; then the others start, which is logged once. Nothing
 * tells it from one that is slow: give a network whose copy takes longer more patience. A worker beyond the number of workers stops {@code fit} with an
 * {@link IllegalStateException}.
 *
 * <p>It does not help where the workers' random numbers are the same, as they are by configuration, and where a round has fewer batches than workers: then
 * Deeplearning4j averages those that had one.
 *
 * @since 0.1.0
 */
public final class StartTogether extends BaseTrainingListener implements RoutingIterationListener {

    private static final long serialVersionUID = 1L;

    private static final Logger LOG = LoggerFactory.getLogger(StartTogether.class);
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    /** What ParallelWrapper calls its workers: its own name, and their number from 0. */
    private static final Pattern WORKER = Pattern.compile("(.*)_thread_(\\d+)");

    /** Copies have it in common. */
    private final Meeting meeting;

    private final AtomicBoolean warned;
    private String session = "";
    private String worker = "";

    /**
     * With a patience of a minute.
     *
     * @param workers of the wrapper, {@link ParallelWrapper#getWorkers()}
     */
    public StartTogether(int workers) {
        this(workers, PATIENCE);
    }

    /**
     * As told.
     *
     * @param workers  of the wrapper, {@link ParallelWrapper#getWorkers()}
     * @param patience how long the first worker waits for the others
     */
    public StartTogether(int workers, Duration patience) {
        this(meeting(workers, patience), new AtomicBoolean());
    }

    private static Meeting meeting(int workers, Duration patience) {
        String remedy = "how long a copy of the network may take, Duration.ofMinutes(1), say";
        if (workers < 2) {
            throw new IllegalArgumentException(
                    "a ParallelWrapper has 2 workers or more, not " + workers + ": pass its getWorkers()");
        }
        Given.of(patience, "the patience", remedy);
        if (patience.isNegative() || patience.isZero()) {
            throw new IllegalArgumentException("workers wait for a time above 0, not " + patience + ": pass " + remedy);
        }
        return new Meeting(workers, patience);
    }

    private StartTogether(Meeting meeting, AtomicBoolean warned) {
        this.meeting = meeting;
        this.warned = warned;
    }

    /** For a worker, which has copied the network by now. */
    @Override
    public StartTogether clone() {
        return new StartTogether(meeting, warned);
    }

    /** Told by the worker, in its thread: waits for the others. */
    @Override
    public void setWorkerID(String id) {
        worker = id;
        Matcher name = WORKER.matcher(id);
        if (name.matches()) {
            meet(name.group(1), Integer.parseInt(name.group(2)));
        }
    }

    private void meet(String wrapper, int number) {
        int workers = meeting.members();
        if (number >= workers) {
            throw new IllegalStateException("a StartTogether of " + workers + " workers is in a ParallelWrapper with "
                    + (number + 1) + " or more: pass the wrapper's getWorkers()");
        }
        try {
            int came = meeting.meet(wrapper, number);
            if (came < workers && warned.compareAndSet(false, true)) {
                Warnings.warn(
                        LOG,
                        came + " of " + workers + " workers had copied the network within " + meeting.patience()
                                + ": they start without the others, whose copies may come too late and make averages wrong. Is "
                                + workers
                                + " what the ParallelWrapper's getWorkers() gives? If so, have more patience");
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public String getWorkerID() {
        return worker;
    }

    @Override
    public void setSessionID(String id) {
        session = id;
    }

    @Override
    public String getSessionID() {
        return session;
    }

    /** Ignored. */
    @Override
    public void setStorageRouter(StatsStorageRouter router) {}

    /** One that stores nothing. */
    @Override
    public StatsStorageRouter getStorageRouter() {
        return Nowhere.STORED;
    }

    private enum Nowhere implements StatsStorageRouter {
        STORED;

        @Override
        public void putStorageMetaData(StorageMetaData data) {}

        @Override
        public void putStorageMetaData(Collection<? extends StorageMetaData> data) {}

        @Override
        public void putStaticInfo(Persistable information) {}

        @Override
        public void putStaticInfo(Collection<? extends Persistable> information) {}

        @Override
        public void putUpdate(Persistable update) {}

        @Override
        public void putUpdate(Collection<? extends Persistable> updates) {}
    }
}
