package org.revlayers.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aeron.exceptions.ConfigurationException;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.spark.api.java.JavaSparkContext;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.solvers.accumulation.encoding.threshold.FixedThresholdAlgorithm;
import org.deeplearning4j.spark.api.RDDTrainingApproach;
import org.deeplearning4j.spark.impl.graph.SparkComputationGraph;
import org.deeplearning4j.spark.impl.multilayer.SparkDl4jMultiLayer;
import org.deeplearning4j.spark.parameterserver.training.SharedTrainingMaster;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.parameterserver.distributed.conf.VoidConfiguration;
import org.nd4j.parameterserver.distributed.v2.transport.PortSupplier;
import org.nd4j.parameterserver.distributed.v2.transport.impl.StaticPortSupplier;
import org.revlayers.Lean;
import org.revlayers.keep.Memory;
import org.revlayers.reversible.CoefficientSchedule;

/** SharedTrainingMaster 1.0.0-M2 over M2.1: it trains where every process has a port of its own, and what else it needs. Every cluster takes one master. */
@Timeout(180)
class SharedGradientsTest {

    private static final String TIMEOUT = "aeron.publication.unblock.timeout";
    private static final int SIZE = 8;
    private static final int BATCHES = 20;
    private static final int ROUNDS = 2;
    private static final CoefficientSchedule SCHEDULE = CoefficientSchedule.over(2 * BATCHES);

    private static final Map<String, Supplier<Model>> NETWORKS = Map.of(
            "stock graph", () -> Networks.graph(3),
            "reversible graph",
                    () -> Lean.convert(Networks.graph(3), Memory.reversible(SCHEDULE))
                            .network(),
            "reversible list",
                    () -> Lean.convert(Networks.list(2), Memory.reversible(SCHEDULE))
                            .network(),
            "razor list",
                    () -> Lean.convert(Networks.list(2), Memory.razor(0.9)).network());

    /** Executors have it from LocalCluster. */
    @BeforeAll
    static void letAeronStart() {
        System.setProperty(TIMEOUT, "40s");
    }

    @AfterAll
    static void clear() {
        System.clearProperty(TIMEOUT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"stock graph", "reversible graph", "reversible list", "razor list"})
    void aNetworkIsTrained(String name) {
        Model net = NETWORKS.get(name).get();
        boolean tokens = net instanceof MultiLayerNetwork;
        DataSet others = Networks.batches(1, 256, tokens, 99).get(0);
        double[] before = net.params().toDoubleVector();
        double start = score(net, others);
        try (JavaSparkContext spark = cluster()) {
            SharedTrainingMaster master = master(new PortPerProcess());
            for (int round = 0; round < ROUNDS; round++) {
                fit(spark, net, master, round);
                double now = score(net, others);
                assertTrue(now < 0.95 * start, name + ", round " + round + ": from " + start + " to " + now);
                start = now;
            }
        }
        assertNotEquals(before[0], net.params().getDouble(0));
        assertTrue(state(net) > 0, "Adam's state");
        followsWhereItIsTold(net, Networks.batches(1, SIZE, tokens, 5).get(0));
    }

    /** The driver counts nothing, with stock layers too: it has to be told how many batches a worker has had. */
    private static void followsWhereItIsTold(Model net, DataSet batch) {
        int steps = ROUNDS * BATCHES / 2;
        if (net instanceof MultiLayerNetwork list) {
            assertEquals(0, list.getIterationCount());
            list.setIterationCount(steps);
            list.fit(batch);
        } else {
            ComputationGraph graph = (ComputationGraph) net;
            assertEquals(0, graph.getIterationCount());
            graph.getConfiguration().setIterationCount(steps);
            graph.fit(batch);
        }
        Chains.of(net).forEach(chain -> assertEquals(SCHEDULE.at(steps + 1), chain.coefficients()));
    }

    /** Executors keep the connections of the first. */
    @Test
    void aSecondMasterOfTheSameExecutorsTrainsNothing() {
        ComputationGraph net = Networks.graph(3);
        try (JavaSparkContext spark = cluster()) {
            fit(spark, net, master(new PortPerProcess()), 0);
            double[] before = net.params().toDoubleVector();
            fit(spark, net, master(new PortPerProcess()), 1);
            assertArrayEquals(before, net.params().toDoubleVector(), 0, "parameters");
        }
    }

    /** The driver and both executors send to a port that each of them takes for its own. */
    @Test
    void withOnePortForAllTheDriverLearnsNothing() {
        ComputationGraph net = Networks.graph(3);
        double[] before = net.params().toDoubleVector();
        try (JavaSparkContext spark = cluster()) {
            fit(spark, net, master(new StaticPortSupplier(40123)), 0);
        }
        assertArrayEquals(before, net.params().toDoubleVector(), 0, "parameters");
    }

    @Test
    void aStaticPortIsAlwaysTheSame() {
        assertEquals(49876, new StaticPortSupplier(40123).getPort());
    }

    /** DL4J sets the one and not the other, which Aeron wants to be longer. */
    @Test
    void aeronDoesNotStartByItself() {
        System.clearProperty(TIMEOUT);
        try (JavaSparkContext spark = cluster()) {
            ConfigurationException e = assertThrows(
                    ConfigurationException.class, () -> fit(spark, Networks.graph(3), master(new PortPerProcess()), 0));
            assertTrue(e.getMessage().contains("publicationUnblockTimeoutNs="), e.getMessage());
        } finally {
            System.setProperty(TIMEOUT, "40s");
        }
    }

    private static JavaSparkContext cluster() {
        return LocalCluster.start(2, System.getProperty("revlayers.spark.jars"));
    }

    private static void fit(JavaSparkContext spark, Model net, SharedTrainingMaster master, long seed) {
        List<DataSet> batches = Networks.batches(BATCHES, SIZE, net instanceof MultiLayerNetwork, seed);
        if (net instanceof MultiLayerNetwork list) {
            new SparkDl4jMultiLayer(spark, list, master).fit(spark.parallelize(batches, 2));
        } else {
            new SparkComputationGraph(spark, (ComputationGraph) net, master).fit(spark.parallelize(batches, 2));
        }
    }

    private static SharedTrainingMaster master(PortSupplier ports) {
        VoidConfiguration network = VoidConfiguration.builder()
                .portSupplier(ports)
                .controllerAddress("127.0.0.1")
                .networkMask("127.0.0.0/8")
                .build();
        return new SharedTrainingMaster.Builder(network, SIZE)
                .batchSizePerWorker(SIZE)
                .workersPerNode(1)
                .rddTrainingApproach(RDDTrainingApproach.Direct)
                .thresholdAlgorithm(new FixedThresholdAlgorithm(1e-3))
                .build();
    }

    private static double score(Model net, DataSet data) {
        return net instanceof MultiLayerNetwork list ? list.score(data) : ((ComputationGraph) net).score(data);
    }

    private static double state(Model net) {
        return (net instanceof MultiLayerNetwork list
                        ? list.getUpdater().getStateViewArray()
                        : ((ComputationGraph) net).getUpdater().getStateViewArray())
                .amaxNumber()
                .doubleValue();
    }
}
