package org.revlayers.listeners;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.deeplearning4j.core.storage.listener.RoutingIterationListener;
import org.deeplearning4j.datasets.iterator.utilty.ListDataSetIterator;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.deeplearning4j.parallelism.ParallelWrapper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.activations.impl.ActivationTanH;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.revlayers.layers.Compare;

/**
 * Workers that start together average what one network on all their batches is, however many batches there are, and one that is missing ends a training
 * late and never not at all. Without the listener all of these averages are wrong: {@code ParallelWrapperStartTest}.
 */
@Timeout(120)
class StartTogetherTest {

    private static final double EQUAL = 1e-12; // DOUBLE, sums in another order

    /** A copy takes longer than the first worker's step. */
    public static class SlowToCopy extends ActivationTanH {
        private static final long serialVersionUID = 1L;

        @SuppressWarnings("this-escape")
        public SlowToCopy() {
            if (Thread.currentThread().getName().contains("ParallelWrapper")) {
                try {
                    TimeUnit.MILLISECONDS.sleep(700);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }

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

    private static NeuralNetConfiguration.Builder base() {
        return new NeuralNetConfiguration.Builder()
                .seed(5)
                .dataType(DataType.DOUBLE)
                .updater(new Sgd(0.5));
    }

    private static DenseLayer hidden() {
        return new DenseLayer.Builder()
                .nIn(4)
                .nOut(5)
                .activation(new SlowToCopy())
                .build();
    }

    private static OutputLayer out() {
        return new OutputLayer.Builder()
                .nIn(5)
                .nOut(2)
                .activation(Activation.SOFTMAX)
                .build();
    }

    private static MultiLayerNetwork list() {
        MultiLayerNetwork net =
                new MultiLayerNetwork(base().list(hidden(), out()).build());
        net.init();
        return net;
    }

    private static ComputationGraph graph() {
        ComputationGraph net = new ComputationGraph(base().graphBuilder()
                .addInputs("in")
                .addLayer("hidden", hidden(), "in")
                .addLayer("out", out(), "hidden")
                .setOutputs("out")
                .build());
        net.init();
        return net;
    }

    private static List<DataSet> batches(int count) {
        List<DataSet> batches = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            batches.add(new DataSet(
                    Nd4j.linspace(-1 - i, 1 + 0.3 * i * i, 8, DataType.DOUBLE).reshape(2, 4),
                    Nd4j.createFromArray(new double[][] {{1, 0}, {0, 1}})));
        }
        return batches;
    }

    private static ParallelWrapper wrapper(Model net, int workers, TrainingListener... listeners) {
        ParallelWrapper wrapper = new ParallelWrapper.Builder<>(net)
                .workers(workers)
                .prefetchBuffer(0)
                .averagingFrequency(1)
                .trainingMode(ParallelWrapper.TrainingMode.AVERAGING)
                .build();
        wrapper.setListeners(listeners);
        return wrapper;
    }

    private static void fit(ParallelWrapper wrapper, List<DataSet> batches) {
        wrapper.fit(new ListDataSetIterator<>(
                batches.stream().flatMap(d -> d.asList().stream()).toList(), 2));
    }

    /** One network, on the batches of each round as one. */
    private static void fit(MultiLayerNetwork one, List<DataSet> batches, int workers) {
        for (int i = 0; i < batches.size(); i += workers) {
            one.fit(DataSet.merge(batches.subList(i, Math.min(batches.size(), i + workers))));
        }
    }

    private static void averages(Model net, int workers, int batches, int fits, TrainingListener... listeners)
            throws Exception {
        MultiLayerNetwork one = list();
        try (ParallelWrapper wrapper = wrapper(net, workers, listeners)) {
            for (int i = 0; i < fits; i++) {
                fit(one, batches(batches), workers);
                fit(wrapper, batches(batches));
                Compare.near(one.params(), net.params(), EQUAL, "fit " + i);
            }
        }
    }

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
    }

    private static String causes(Throwable end) {
        StringBuilder said = new StringBuilder();
        for (Throwable each = end; each != null; each = each.getCause()) {
            said.append(each).append('\n');
        }
        return said.toString();
    }
}
