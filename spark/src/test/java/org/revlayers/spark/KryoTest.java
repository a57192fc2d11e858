package org.revlayers.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.esotericsoftware.kryo.KryoException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.commons.lang3.exception.ExceptionUtils;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.serializer.JavaSerializer;
import org.apache.spark.serializer.KryoRegistrator;
import org.apache.spark.serializer.KryoSerializer;
import org.apache.spark.serializer.SerializerInstance;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.spark.impl.graph.SparkComputationGraph;
import org.deeplearning4j.spark.impl.multilayer.SparkDl4jMultiLayer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.kryo.Nd4jRegistrator;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.Lean;
import org.revlayers.keep.Memory;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/** Converted networks get the same bits whether Spark serializes with Java or with Kryo. */
@Timeout(300)
class KryoTest {

    private static final int SIZE = 8;
    private static final int FREQUENCY = 2;

    private static Map<String, Model> byJava;
    private static Map<String, Model> byKryo;

    @BeforeAll
    static void train() {
        byJava = trained(JavaSerializer.class, Map.of());
        byKryo = trained(
                KryoSerializer.class,
                Map.of(
                        "spark.serializer",
                        KryoSerializer.class.getName(),
                        "spark.kryo.registrator",
                        KryoRegistration.class.getName()));
    }

    private static Map<String, Model> networks() {
        Map<String, Model> networks = new LinkedHashMap<>();
        networks.put(
                "list, reversible",
                Lean.convert(Networks.list(2), Memory.reversible(AveragingTest.SCHEDULE))
                        .network());
        networks.put(
                "list, razor", Lean.convert(Networks.list(2), Memory.razor(0.9)).network());
        networks.put(
                "graph, reversible",
                Lean.convert(Networks.graph(3), Memory.reversible(AveragingTest.SCHEDULE))
                        .network());
        return networks;
    }

    private static Map<String, Model> trained(Class<?> serializer, Map<String, String> settings) {
        Map<String, Model> networks = networks();
        try (JavaSparkContext spark = LocalCluster.start(2, settings, System.getProperty("revlayers.spark.jars"))) {
            assertEquals(
                    Set.of(serializer.getName()),
                    Set.copyOf(spark.parallelize(List.of(1, 2), 2)
                            .map(i -> SparkEnv.get().serializer().getClass().getName())
                            .collect()));
            networks.values().forEach(net -> train(spark, net));
        }
        return networks;
    }

    /** Two averages in one call: the second sends what the first has trained. */
    private static void train(JavaSparkContext spark, Model net) {
        var data = spark.parallelize(Networks.batches(2 * 2 * FREQUENCY, SIZE, net instanceof MultiLayerNetwork, 1), 2);
        var master = Training.averaging(2, SIZE, FREQUENCY);
        if (net instanceof MultiLayerNetwork list) {
            new SparkDl4jMultiLayer(spark, list, master).fit(data);
        } else {
            new SparkComputationGraph(spark, (ComputationGraph) net, master).fit(data);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"list, reversible", "list, razor", "graph, reversible"})
    void trainsToTheBitsOfJavasSerialization(String name) {
        Model expected = byJava.get(name);
        Model actual = byKryo.get(name);
        assertNotEquals(networks().get(name).params(), actual.params(), "untrained");
        assertArrayEquals(expected.params().toFloatVector(), actual.params().toFloatVector(), "parameters");
        assertArrayEquals(state(expected).toFloatVector(), state(actual).toFloatVector(), "updater");
        assertEquals(
                Chains.of(expected).stream().map(chain -> chain.coefficients()).toList(),
                Chains.of(actual).stream().map(chain -> chain.coefficients()).toList());
    }

    private static INDArray state(Model net) {
        return net instanceof MultiLayerNetwork list
                ? list.getUpdater().getStateViewArray()
                : ((ComputationGraph) net).getUpdater().getStateViewArray();
    }

    /** What the registration is for: the day this passes without it, it can go. */
    @Test
    void deeplearning4jsRegistratorAloneCannotSendRecords() {
        SerializerInstance kryo = kryo(Nd4jRegistrator.class);
        MultiLayerNetwork net =
                Lean.convert(Networks.list(2), Memory.razor(0.9)).network();
        var failure = assertThrows(KryoException.class, () -> sent(kryo, net.getLayerWiseConfigurations()));
        String cause = ExceptionUtils.getRootCauseMessage(failure);
        assertTrue(cause.contains("can't get field offset on a record class"), cause);
    }

    @Test
    void deeplearning4jsRegistratorAloneCannotReadListsThatMayNotChange() {
        SerializerInstance kryo = kryo(Nd4jRegistrator.class);
        ComputationGraph net = Lean.convert(Networks.graph(3), Memory.reversible(AveragingTest.SCHEDULE))
                .network();
        var failure = assertThrows(KryoException.class, () -> sent(kryo, net.getConfiguration()));
        assertEquals(UnsupportedOperationException.class, failure.getCause().getClass());
    }

    /** With nothing of this library in it. */
    @Test
    void deeplearning4jsRegistratorAloneSendsStockLayers() {
        var configuration = Networks.graph(3).getConfiguration();
        assertEquals(configuration, sent(kryo(Nd4jRegistrator.class), configuration));
    }

    private static SerializerInstance kryo(Class<? extends KryoRegistrator> registrator) {
        return new KryoSerializer(new SparkConf().set("spark.kryo.registrator", registrator.getName())).newInstance();
    }

    private static Object sent(SerializerInstance serializer, Object sent) {
        ClassTag<Object> any = ClassTag$.MODULE$.apply(Object.class);
        return serializer.deserialize(serializer.serialize(sent, any), any);
    }
}
