package org.revlayers.listeners;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.revlayers.listeners.SlowCopies.averages;
import static org.revlayers.listeners.SlowCopies.batches;
import static org.revlayers.listeners.SlowCopies.fit;
import static org.revlayers.listeners.SlowCopies.graph;
import static org.revlayers.listeners.SlowCopies.list;
import static org.revlayers.listeners.SlowCopies.wrapper;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.parallelism.ParallelWrapper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.revlayers.layers.Compare;

/**
 * Workers that start together average what one network on all their batches is, however many batches there are, and one that is missing ends a training
 * late and never not at all. Without the listener all of these averages are wrong: {@code ParallelWrapperStartTest}.
 */
@Timeout(120)
class StartTogetherTest {

    @Test
    void severalFitsAndEpochs() throws Exception {
        averages(list(), 2, 4, 3, new StartTogether(2));
    }

    @Test
    void graphs() throws Exception {
        averages(graph(), 2, 4, 2, new StartTogether(2));
    }

    /** Four batches of three workers: the last round is the first worker's own. */
    @Test
    void aLastRoundWithoutBatchesForAll() throws Exception {
        averages(list(), 3, 4, 2, new StartTogether(3));
    }

    @Test
    void fewerBatchesThanWorkers() throws Exception {
        long start = System.nanoTime();
        averages(list(), 4, 1, 2, new StartTogether(4, Duration.ofHours(1)));
        assertTrue(System.nanoTime() - start < TimeUnit.MINUTES.toNanos(1), "nobody is waited for in vain");
    }

    @Test
    void noBatchAtAll() throws Exception {
        MultiLayerNetwork net = list();
        try (ParallelWrapper wrapper = wrapper(net, 2, new StartTogether(2, Duration.ofHours(1)))) {
            fit(wrapper, batches(1).subList(0, 0));
        }
        Compare.same(list().params(), net.params(), "untouched");
    }

    @Test
    void severalWrappersHaveOne() throws Exception {
        StartTogether listener = new StartTogether(2);
        List<Thread> threads = new ArrayList<>();
        List<Throwable> failures = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            Thread thread = new Thread(() -> {
                try {
                    averages(list(), 2, 2, 2, listener);
                } catch (Throwable e) {
                    synchronized (failures) {
                        failures.add(e);
                    }
                }
            });
            thread.start();
            threads.add(thread);
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(List.of(), failures);
    }

    /** As listeners of the network, which the wrapper takes over, and one twice. */
    @Test
    void itComesWithTheNetwork() throws Exception {
        MultiLayerNetwork net = list();
        StartTogether listener = new StartTogether(2);
        net.setListeners(listener);
        averages(net, 2, 2, 2, listener);
    }

    @Test
    void withoutAWrapperItDoesNothing() {
        MultiLayerNetwork plain = list();
        MultiLayerNetwork net = list();
        net.setListeners(new StartTogether(2, Duration.ofHours(1)));
        for (MultiLayerNetwork each : List.of(plain, net)) {
            each.fit(batches(1).get(0));
        }
        Compare.same(plain.params(), net.params(), "alone");
    }
}
