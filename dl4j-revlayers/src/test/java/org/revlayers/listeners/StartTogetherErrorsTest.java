package org.revlayers.listeners;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.revlayers.listeners.SlowCopies.averages;
import static org.revlayers.listeners.SlowCopies.batches;
import static org.revlayers.listeners.SlowCopies.fit;
import static org.revlayers.listeners.SlowCopies.list;
import static org.revlayers.listeners.SlowCopies.wrapper;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.deeplearning4j.core.storage.listener.RoutingIterationListener;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.parallelism.ParallelWrapper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.revlayers.layers.Compare;

/** What a {@link StartTogether} does about workers that die or are more or less than it was told, and about numbers that cannot be. */
@Timeout(120)
class StartTogetherErrorsTest {

    /** A worker, the second, dies when it has copied and before it says so. */
    private static RoutingIterationListener deadly() {
        return (RoutingIterationListener) Proxy.newProxyInstance(
                StartTogetherTest.class.getClassLoader(),
                new Class<?>[] {RoutingIterationListener.class},
                (self, method, arguments) -> {
                    if (method.getName().equals("setWorkerID")
                            && arguments[0].toString().endsWith("_1")) {
                        throw new IllegalStateException("died");
                    }
                    return switch (method.getName()) {
                        case "clone" -> self;
                        case "equals" -> self == arguments[0];
                        default -> null;
                    };
                });
    }

    @Test
    void aDeadWorkerEndsTheTrainingAndTheNextIsRight() throws Exception {
        StartTogether listener = new StartTogether(2, Duration.ofSeconds(5));
        MultiLayerNetwork net = list();
        long start = System.nanoTime();
        try (ParallelWrapper wrapper = wrapper(net, 2, deadly(), listener)) {
            Exception end = assertThrows(RuntimeException.class, () -> fit(wrapper, batches(2)));
            assertTrue(causes(end).contains("died"), causes(end));
        }
        assertTrue(System.nanoTime() - start >= TimeUnit.SECONDS.toNanos(5), "the first one waited");
        averages(list(), 2, 2, 1, listener);
    }

    @Test
    void aWorkerMoreThanToldStopsIt() throws Exception {
        try (ParallelWrapper wrapper = wrapper(list(), 3, new StartTogether(2))) {
            Exception end = assertThrows(RuntimeException.class, () -> fit(wrapper, batches(3)));
            assertTrue(causes(end).contains("pass the wrapper's getWorkers()"), causes(end));
        }
    }

    /** Each fit waits for it, and the first says so. */
    @Test
    void aWorkerLessThanToldIsWaitedForAndSaidOnce() throws Exception {
        MultiLayerNetwork net = list();
        PrintStream usual = System.err;
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        System.setErr(new PrintStream(said, true, StandardCharsets.UTF_8));
        try (ParallelWrapper wrapper = wrapper(net, 2, new StartTogether(3, Duration.ofSeconds(3)))) {
            for (int i = 0; i < 2; i++) {
                long start = System.nanoTime();
                fit(wrapper, batches(2));
                assertTrue(System.nanoTime() - start >= TimeUnit.SECONDS.toNanos(3));
            }
        } finally {
            System.setErr(usual);
        }
        Compare.different(list().params(), net.params(), "trained");
        assertEquals(2, said.toString(StandardCharsets.UTF_8).split("2 of 3 workers had copied", -1).length);
    }

    @Test
    void numbersThatCannotBeAreSaid() {
        assertThrows(IllegalArgumentException.class, () -> new StartTogether(1));
        assertThrows(IllegalArgumentException.class, () -> new StartTogether(2, Duration.ZERO));
        assertThrows(IllegalArgumentException.class, () -> new StartTogether(2, null));
    }

    private static String causes(Throwable end) {
        StringBuilder said = new StringBuilder();
        for (Throwable each = end; each != null; each = each.getCause()) {
            said.append(each).append('\n');
        }
        return said.toString();
    }
}
