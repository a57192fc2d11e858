package org.revlayers.spark;

import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.spark.impl.multilayer.SparkDl4jMultiLayer;
import org.nd4j.linalg.dataset.DataSet;
import org.revlayers.Lean;
import org.revlayers.keep.Memory;
import org.revlayers.reversible.CoefficientSchedule;

/**
 * Trains a converted network on two executors by parameter averaging: {@code mvn -q -Pspark -pl spark -am -DskipTests package && spark/run.sh}.
 *
 * <p>Prints what the executors run, and after every round the score and where on its schedule the chain stands on the driver.
 */
public final class SparkTraining {

    private static final int EXECUTORS = 2;
    private static final int ROUNDS = 5;
    private static final int FREQUENCY = 4;
    private static final int SIZE = 16;

    private SparkTraining() {}

    /** Runs the example. */
    public static void main(String[] args) {
        MultiLayerNetwork net = Lean.convert(
                        Networks.list(4), Memory.reversible(CoefficientSchedule.over(ROUNDS * FREQUENCY)))
                .network();
        DataSet test = Networks.batches(1, 256, true, ROUNDS).get(0);
        try (JavaSparkContext spark = LocalCluster.start(EXECUTORS)) {
            spark.parallelize(List.of(1, 2), EXECUTORS)
                    .map(i -> Probe.here())
                    .collect()
                    .forEach(System.out::println);
            SparkDl4jMultiLayer onSpark =
                    new SparkDl4jMultiLayer(spark, net, Training.averaging(EXECUTORS, SIZE, FREQUENCY));
            for (int round = 0; round < ROUNDS; round++) {
                onSpark.fit(spark.parallelize(Networks.batches(EXECUTORS * FREQUENCY, SIZE, true, round), EXECUTORS));
                System.out.printf(
                        "round %d: loss %.4f, %d updates, %s%n",
                        round + 1,
                        net.score(test),
                        net.getIterationCount(),
                        Chains.of(net).get(0).coefficients());
            }
        }
    }
}
