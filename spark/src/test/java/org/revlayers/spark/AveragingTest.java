package org.revlayers.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.layers.wrapper.BaseWrapperLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.spark.impl.graph.SparkComputationGraph;
import org.deeplearning4j.spark.impl.multilayer.SparkDl4jMultiLayer;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.revlayers.Lean;
import org.revlayers.chain.ChainHost;
import org.revlayers.keep.Memory;
import org.revlayers.reversible.CoefficientSchedule;

/** Parameter averaging on two executors is what one network after another gives here, averaged by hand; and what else has to hold there. */
@Timeout(300)
class AveragingTest {

    private static final int SIZE = 8;
    private static final int FREQUENCY = 2;
    private static final int ROUNDS = 3;
    static final CoefficientSchedule SCHEDULE = CoefficientSchedule.over(4 * FREQUENCY * ROUNDS);

    /** Six steps of Adam in FLOAT: executors have one thread and this JVM has several, which sum in another order. */
    private static final double TOLERANCE = 1e-4;

    private static JavaSparkContext spark;

    @BeforeAll
    static void start() {
        spark = LocalCluster.start(2, System.getProperty("revlayers.spark.jars"));
    }

    @AfterAll
    static void stop() {
        spark.stop();
    }

    private static Memory memory(String name) {
        return name.equals("reversible") ? Memory.reversible(SCHEDULE) : Memory.parse(name);
    }

    @Test
    void opsAndNativesLoadBesideTheClassPathOfExecutors() {
        List<Probe> probes =
                spark.parallelize(List.of(1, 2, 3, 4), 4).map(i -> Probe.here()).collect();
        for (Probe probe : probes) {
            assertEquals("MutableURLClassLoader", probe.libraryLoader());
            assertEquals("AppClassLoader", probe.nd4jLoader());
            assertEquals("RevlayersCpuExecutioner", probe.executioner());
            assertNotEquals(ProcessHandle.current().pid(), probe.process());
            assertArrayEquals(Probe.regelu2Here(), probe.regelu2(), 1e-6);
            assertEquals(Probe.kernelsHere().split(" ")[0], probe.kernels().split(" ")[0]);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"reversible", "razor=0.9", "checkpoint", "half"})
    void aListIsAveragedAsByHand(String memory) {
        MultiLayerNetwork net = Lean.convert(Networks.list(2), memory(memory)).network();
        averagesAsByHand(net, true, new SparkDl4jMultiLayer(spark, net, Training.averaging(2, SIZE, FREQUENCY))::fit);
    }

    @ParameterizedTest
    @ValueSource(strings = {"reversible", "razor=0.9", "checkpoint"})
    void aGraphIsAveragedAsByHand(String memory) {
        ComputationGraph net = Lean.convert(Networks.graph(3), memory(memory)).network();
        averagesAsByHand(
                net, false, new SparkComputationGraph(spark, net, Training.averaging(2, SIZE, FREQUENCY))::fit);
    }

    @ParameterizedTest
    @MethodSource("org.revlayers.spark.OtherNetworks#lists")
    void anotherListIsAveragedAsByHand(String name, Supplier<MultiLayerNetwork> make) {
        MultiLayerNetwork net = make.get();
        averagesAsByHand(net, true, new SparkDl4jMultiLayer(spark, net, Training.averaging(2, SIZE, FREQUENCY))::fit);
    }

    /** Nor does the driver move it, whose network has trained before: what is frozen keeps its function. */
    @Test
    void aFrozenChainStaysWhereItIs() {
        MultiLayerNetwork net = OtherNetworks.frozen();
        net.fit(Networks.batches(1, SIZE, true, 9).get(0));
        new SparkDl4jMultiLayer(spark, net, Training.averaging(2, SIZE, FREQUENCY))
                .fit(spark.parallelize(Networks.batches(2 * FREQUENCY, SIZE, true, 1), 2));
        net.fit(Networks.batches(1, SIZE, true, 9).get(0));
        var chain = (ChainHost) ((BaseWrapperLayer) net.getLayer(1)).getUnderlying();
        assertEquals(FREQUENCY + 2, net.getIterationCount());
        assertEquals(SCHEDULE.at(0), chain.coefficients());
    }

    /** @param onSpark trains the network on batches in two partitions */
    private static void averagesAsByHand(Model net, boolean tokens, Consumer<JavaRDD<DataSet>> onSpark) {
        Model hand = copy(net);
        for (int round = 0; round < ROUNDS; round++) {
            List<DataSet> batches = Networks.batches(2 * FREQUENCY, SIZE, tokens, round);
            onSpark.accept(spark.parallelize(batches, 2));
            average(hand, batches);
        }
        same(hand, net);
    }

    /** Several averagings in one call, where the driver has not been told of the steps in between. */
    @Test
    void schedulesStayInStepInsideOneCall() {
        MultiLayerNetwork net =
                Lean.convert(Networks.list(2), memory("reversible")).network();
        List<DataSet> batches = Networks.batches(2 * FREQUENCY * ROUNDS, SIZE, true, 1);
        new SparkDl4jMultiLayer(spark, net, Training.averaging(2, SIZE, FREQUENCY)).fit(spark.parallelize(batches, 2));
        assertEquals(FREQUENCY * ROUNDS, net.getIterationCount());
        assertEquals(SCHEDULE.at(FREQUENCY * ROUNDS), Chains.of(net).get(0).coefficients());
    }

    @Test
    void aCheckpointOfTheDriverGoesOn() throws Exception {
        MultiLayerNetwork net =
                Lean.convert(Networks.list(2), memory("reversible")).network();
        new SparkDl4jMultiLayer(spark, net, Training.averaging(2, SIZE, FREQUENCY))
                .fit(spark.parallelize(Networks.batches(2 * FREQUENCY, SIZE, true, 1), 2));
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        ModelSerializer.writeModel(net, file, true);
        MultiLayerNetwork back =
                ModelSerializer.restoreMultiLayerNetwork(new ByteArrayInputStream(file.toByteArray()), true);
        same(net, back);
        for (MultiLayerNetwork each : List.of(net, back)) {
            new SparkDl4jMultiLayer(spark, each, Training.averaging(2, SIZE, FREQUENCY))
                    .fit(spark.parallelize(Networks.batches(2 * FREQUENCY, SIZE, true, 2), 2));
            each.fit(Networks.batches(1, SIZE, true, 3).get(0));
        }
        same(net, back);
        assertEquals(SCHEDULE.at(2 * FREQUENCY + 1), Chains.of(back).get(0).coefficients());
    }

    /** The executor dies in the middle of its second batch: Spark runs its partition again elsewhere. */
    @Test
    void aKilledExecutorCostsTime() throws Exception {
        MultiLayerNetwork net =
                Lean.convert(Networks.list(2), memory("reversible")).network();
        MultiLayerNetwork hand = net.clone();
        List<DataSet> batches = Networks.batches(2 * FREQUENCY, SIZE, true, 1);
        Set<Long> before = processes();
        JavaRDD<DataSet> data = spark.parallelize(batches, 2);
        new SparkDl4jMultiLayer(spark, net, Training.averaging(2, SIZE, FREQUENCY, new KillOnce())).fit(data);
        average(hand, batches);
        same(hand, net);
        assertTrue(KillOnce.happened(), "killed");
        assertFalse(processes().containsAll(before), "an executor is gone");
    }

    private static Set<Long> processes() throws InterruptedException {
        TimeUnit.SECONDS.sleep(1); // or one executor may take all
        return spark
                .parallelize(List.of(1, 2, 3, 4, 5, 6), 6)
                .map(i -> {
                    TimeUnit.MILLISECONDS.sleep(300);
                    return ProcessHandle.current().pid();
                })
                .collect()
                .stream()
                .collect(Collectors.toSet());
    }

    /** Each half of the batches on a copy; then the means. */
    private static void average(Model net, List<DataSet> batches) {
        List<Model> copies = new ArrayList<>();
        for (int worker = 0; worker < 2; worker++) {
            Model copy = copy(net);
            for (DataSet batch : batches.subList(worker * FREQUENCY, (worker + 1) * FREQUENCY)) {
                if (copy instanceof MultiLayerNetwork list) {
                    list.fit(batch);
                } else {
                    ((ComputationGraph) copy).fit(batch);
                }
            }
            copies.add(copy);
        }
        if (net
                instanceof
                MultiLayerNetwork
                list) { // workers of graphs begin at 0: ComputationGraphConfiguration.clone leaves the count out
            list.setIterationCount(list.getIterationCount() + FREQUENCY);
        }
        net.setParams(mean(copies.get(0).params(), copies.get(1).params()));
        state(net).assign(mean(state(copies.get(0)), state(copies.get(1))));
        for (int i = 0; i < Chains.of(net).size(); i++) {
            Chains.of(net)
                    .get(i)
                    .conf()
                    .setLayer(Chains.of(copies.get(0)).get(i).conf().getLayer());
        }
    }

    private static Model copy(Model net) {
        return net instanceof MultiLayerNetwork list ? list.clone() : ((ComputationGraph) net).clone();
    }

    private static INDArray mean(INDArray a, INDArray b) {
        return a.add(b).divi(2);
    }

    private static INDArray state(Model net) {
        return net instanceof MultiLayerNetwork list
                ? list.getUpdater().getStateViewArray()
                : ((ComputationGraph) net).getUpdater().getStateViewArray();
    }

    private static void same(Model expected, Model actual) {
        assertArrayEquals(
                expected.params().toDoubleVector(), actual.params().toDoubleVector(), TOLERANCE, "parameters");
        assertArrayEquals(state(expected).toDoubleVector(), state(actual).toDoubleVector(), TOLERANCE, "updater");
        assertEquals(
                Chains.of(expected).stream().map(c -> c.coefficients()).toList(),
                Chains.of(actual).stream().map(c -> c.coefficients()).toList());
    }
}
