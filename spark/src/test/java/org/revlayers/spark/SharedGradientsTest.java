package org.revlayers.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.aeron.exceptions.ConfigurationException;
import org.apache.spark.api.java.JavaSparkContext;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.optimize.solvers.accumulation.encoding.threshold.FixedThresholdAlgorithm;
import org.deeplearning4j.spark.api.RDDTrainingApproach;
import org.deeplearning4j.spark.impl.graph.SparkComputationGraph;
import org.deeplearning4j.spark.parameterserver.training.SharedTrainingMaster;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.nd4j.parameterserver.distributed.conf.VoidConfiguration;

/** What SharedTrainingMaster 1.0.0-M2 does over M2.1 with stock layers alone: it does not start, and where it does the driver's network stays as it was. */
@Timeout(120)
class SharedGradientsTest {

    private static final String TIMEOUT = "aeron.publication.unblock.timeout";

    @Test
    void theDriverLearnsNothing() {
        ComputationGraph net = Networks.graph(3);
        double[] before = net.params().toDoubleVector();
        try (JavaSparkContext spark = LocalCluster.start(2, System.getProperty("revlayers.spark.jars"))) {
            assertThrows(ConfigurationException.class, () -> fit(spark, net));
            System.setProperty(TIMEOUT, "40s"); // executors have it
            fit(spark, net);
        } finally {
            System.clearProperty(TIMEOUT);
        }
        assertArrayEquals(before, net.params().toDoubleVector(), 0, "parameters");
    }

    private static void fit(JavaSparkContext spark, ComputationGraph net) {
        VoidConfiguration network = VoidConfiguration.builder()
                .unicastPort(40123)
                .controllerAddress("127.0.0.1")
                .networkMask("127.0.0.0/8")
                .build();
        SharedTrainingMaster master = new SharedTrainingMaster.Builder(network, 8)
                .batchSizePerWorker(8)
                .workersPerNode(1)
                .rddTrainingApproach(RDDTrainingApproach.Direct)
                .thresholdAlgorithm(new FixedThresholdAlgorithm(1e-3))
                .build();
        new SparkComputationGraph(spark, net, master).fit(spark.parallelize(Networks.batches(20, 8, false, 1), 2));
    }
}
