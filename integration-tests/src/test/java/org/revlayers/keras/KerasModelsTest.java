package org.revlayers.keras;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.modelimport.keras.KerasModelImport;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.Lean;
import org.revlayers.convert.Conversion;
import org.revlayers.keep.Memory;

/** Networks that {@code KerasModelImport} makes of files of Keras are converted, trained and restored like any other. */
class KerasModelsTest {

    private static final long MB = 4;
    /** Relative to outputs of softmax: roundings of fp32 where a conversion computes in another order. */
    private static final double SAME = 1e-5;

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"store", "checkpoint", "razor=0.9", "int8", "half"})
    void sequentialModelsConvert(String memory) throws Exception {
        Path file = folder.resolve("sequential.h5");
        new KerasFile()
                .write(
                        file,
                        new KerasJson().sequential(),
                        Map.of("first", dense(6, 16), "second", dense(16, 16), "last", dense(16, 3)));
        MultiLayerNetwork net = KerasModelImport.importKerasSequentialModelAndWeights(file.toString());
        INDArray x = Nd4j.rand(DataType.FLOAT, MB, 6);
        INDArray before = net.output(x);
        Conversion<MultiLayerNetwork> lean = Lean.convert(net, Memory.parse(memory));
        assertNear(before, lean.network().output(x));
        DataSet batch = new DataSet(x, oneHot());
        double first = lean.network().score(batch);
        for (int step = 0; step < 20; step++) {
            lean.network().fit(batch);
        }
        assertTrue(lean.network().score(batch) < first, "it learns");
        MultiLayerNetwork back = Lean.restore(lean.network());
        assertNear(lean.network().output(x), back.output(x));
    }

    @ParameterizedTest
    @ValueSource(strings = {"store", "checkpoint", "razor=0.9", "int8", "reversible=random:0.125 otherwise checkpoint"})
    void residualModelsConvert(String memory) throws Exception {
        Path file = folder.resolve("functional.h5");
        new KerasFile()
                .write(
                        file,
                        new KerasJson().residual(),
                        Map.of("stem", dense(6, 8), "body_a", dense(8, 8), "body_b", dense(8, 8), "last", dense(8, 3)));
        ComputationGraph net = KerasModelImport.importKerasModelAndWeights(file.toString());
        INDArray x = Nd4j.rand(DataType.FLOAT, MB, 6);
        INDArray before = net.outputSingle(x);
        assertEquals(3, before.size(1));
        Conversion<ComputationGraph> lean = Lean.convert(net, Memory.parse(memory));
        assertFalse(lean.report().toString().isBlank());
        assertNear(before, lean.network().outputSingle(x));
        DataSet batch = new DataSet(x, oneHot());
        double first = lean.network().score(batch);
        for (int step = 0; step < 20; step++) {
            lean.network().fit(batch);
        }
        assertTrue(lean.network().score(batch) < first, "it learns");
        ComputationGraph back = Lean.restore(lean.network());
        assertNear(lean.network().outputSingle(x), back.outputSingle(x));
    }

    /**
     * DL4J gives imported convolutions a dropout that keeps everything, and its backward of that fails for channels that come last. Such models convert and give
     * outputs.
     */
    @Test
    void modelsWithChannelsLastConvert() throws Exception {
        Path file = folder.resolve("pictures.h5");
        Map<String, Map<String, long[]>> shapes = new LinkedHashMap<>();
        shapes.put("stem", convolution(3, 4));
        for (String block : new String[] {"a", "b"}) {
            shapes.put("conv_" + block, convolution(4, 4));
            shapes.put("norm_" + block, norm(4));
        }
        shapes.put("last", dense(4, 3));
        new KerasFile().write(file, new KerasJson().pictures(), shapes);
        ComputationGraph net = KerasModelImport.importKerasModelAndWeights(file.toString());
        INDArray x = Nd4j.rand(DataType.FLOAT, MB, 8, 8, 3);
        ComputationGraph lean = Lean.convert(net, Memory.checkpoint()).network();
        assertNear(net.outputSingle(x), lean.outputSingle(x));
        DataSet batch = new DataSet(x, oneHot());
        assertThrows(RuntimeException.class, () -> net.fit(batch), "DL4J's own");
        assertThrows(RuntimeException.class, () -> lean.fit(batch));
    }

    private static void assertNear(INDArray expected, INDArray actual) {
        assertTrue(expected.sub(actual).amaxNumber().doubleValue() <= SAME, () -> expected + " and " + actual);
    }

    private static INDArray oneHot() {
        INDArray labels = Nd4j.zeros(DataType.FLOAT, MB, 3);
        for (int i = 0; i < MB; i++) {
            labels.putScalar(i, i % 3, 1);
        }
        return labels;
    }

    private static Map<String, long[]> dense(long in, long out) {
        return Map.of("kernel", new long[] {in, out}, "bias", new long[] {out});
    }

    private static Map<String, long[]> convolution(long in, long out) {
        return Map.of("kernel", new long[] {3, 3, in, out}, "bias", new long[] {out});
    }

    private static Map<String, long[]> norm(long channels) {
        long[] shape = {channels};
        return Map.of("gamma", shape, "beta", shape, "moving_mean", shape, "moving_variance", shape);
    }
}
