package org.revlayers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.Stream;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.revlayers.keep.Memory;
import org.revlayers.listeners.MemoryListener;
import org.revlayers.memory.MemoryReport;
import org.revlayers.models.VisionTransformer;

/** The meter's figures on a whole Vision Transformer (ViT-Ti at 64 px): prediction, order of the methods, growth with depth and batch. */
class WholeNetworkMemoryTest {

    private static final double PREDICTION = 0.05;

    private static MemoryReport measure(Memory memory, int depth, int batch) {
        MultiLayerNetwork net = VisionTransformer.builder()
                .size(VisionTransformer.Size.TI)
                .depth(depth)
                .height(64)
                .width(64)
                .classes(10)
                .memory(memory)
                .updater(new Sgd(1e-3))
                .build()
                .init();
        MemoryListener listener = new MemoryListener();
        net.addListeners(listener);
        INDArray images = Nd4j.ones(DataType.FLOAT, batch, 3, 64, 64);
        INDArray labels = Nd4j.zeros(DataType.FLOAT, batch, 10);
        for (int i = 0; i < batch; i++) {
            labels.putScalar(i, i % 10, 1);
        }
        for (int step = 0; step < 3; step++) {
            net.fit(new DataSet(images, labels));
        }
        return listener.report();
    }

    static Stream<Arguments> methods() {
        return Stream.of(Memory.store(), Memory.recompute(), Memory.approx()).map(Arguments::of);
    }

    @ParameterizedTest
    @MethodSource("methods")
    void predictionAgrees(Memory memory) {
        MemoryReport report = measure(memory, 2, 4);
        long measured = report.rows().stream()
                .filter(r -> r.predicted() >= 0)
                .mapToLong(MemoryReport.Row::bytes)
                .sum();
        report.rows().stream()
                .filter(r -> r.bytes() > 0 && !r.layer().equals("(input)"))
                .forEach(r -> assertTrue(r.predicted() >= 0, () -> r + " has no prediction"));
        assertEquals(measured, report.predictedBytes(), PREDICTION * measured, report::toString);
        assertTrue(report.peakBytes() > report.keptBytes(), report::toString);
    }

    @Test
    void leanerMethodsKeepLess() {
        MemoryReport plain = measure(Memory.store(), 2, 4);
        MemoryReport approx = measure(Memory.approx(), 2, 4);
        MemoryReport recompute = measure(Memory.recompute(), 2, 4);
        assertTrue(approx.keptBytes() < plain.keptBytes());
        assertTrue(approx.peakBytes() < plain.peakBytes());
        assertTrue(recompute.keptBytes() < approx.keptBytes());
    }

    @ParameterizedTest
    @MethodSource("methods")
    void everyBlockKeepsTheSame(Memory memory) {
        long two = measure(memory, 2, 4).keptBytes();
        long four = measure(memory, 4, 4).keptBytes();
        long six = measure(memory, 6, 4).keptBytes();
        assertEquals(four - two, six - four);
    }

    @Test
    void reportsReadAndParse() {
        MemoryReport report = measure(Memory.approx(), 1, 2);
        assertTrue(report.toString().contains("block0"), report::toString);
        assertTrue(report.toJson().contains("\"category\":\"coded\""), report::toJson);
    }
}
