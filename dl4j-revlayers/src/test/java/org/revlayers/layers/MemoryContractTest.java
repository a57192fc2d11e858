package org.revlayers.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.CacheMode;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.memory.MemoryType;
import org.deeplearning4j.nn.conf.memory.MemoryUseMode;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.contract.PredictsKept;
import org.revlayers.internal.keep.Form;
import org.revlayers.internal.keep.KeepsForBackward;
import org.revlayers.internal.keep.Kept;
import org.revlayers.internal.keep.Prediction;
import org.revlayers.internal.memory.Arena;
import org.revlayers.keep.Memory;

/** What is predicted from shapes is what is kept, to the byte; DL4J's memory report says the same; the methods keep their order. */
class MemoryContractTest {

    private static final int BATCH = 8;

    /** What every layer keeps at the end of the training forward, and what the arena holds then. */
    private static final class AfterForward extends BaseTrainingListener {
        private final Map<Integer, List<Kept.Entry>> kept = new LinkedHashMap<>();
        private long arena;

        @Override
        public void onForwardPass(Model model, List<INDArray> activations) {
            arena = Arena.current().liveBytes();
            for (Layer layer : ((MultiLayerNetwork) model).getLayers()) {
                if (layer instanceof KeepsForBackward keeper) {
                    kept.put(layer.getIndex(), keeper.kept().entries());
                }
            }
        }

        long bytes(int layer) {
            return kept.get(layer).stream().mapToLong(Kept.Entry::bytes).sum();
        }
    }

    private static AfterForward measure(LayerCase layerCase, DataType type) {
        MultiLayerNetwork net = layerCase.net(type, o -> {});
        AfterForward after = new AfterForward();
        net.setListeners(after);
        net.fit(layerCase.data(type, BATCH, 1));
        return after;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("org.revlayers.layers.LayerCase#all")
    void predictionIsExact(LayerCase layerCase) {
        for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE, DataType.FLOAT16}) {
            long before = Arena.current().liveBytes();
            AfterForward measured = measure(layerCase, type);
            MultiLayerConfiguration conf = layerCase.net(type, o -> {}).getLayerWiseConfigurations();
            List<InputType> types = conf.getLayerActivationTypes(layerCase.input());
            long sum = 0;
            for (int i : measured.kept.keySet()) {
                PredictsKept layer = (PredictsKept) conf.getConf(i).getLayer();
                Map<String, Long> predicted = new LinkedHashMap<>();
                for (Prediction t : layer.predictKept(i == 0 ? layerCase.input() : types.get(i - 1))) {
                    if (t.form() != Form.SHARED) {
                        predicted.put(t.name() + " " + t.form(), t.bytes(BATCH, type.width()));
                    }
                }
                Map<String, Long> kept = new LinkedHashMap<>();
                for (Kept.Entry e : measured.kept.get(i)) {
                    if (e.form() != Form.SHARED) {
                        kept.put(e.name() + " " + e.form(), e.bytes());
                    }
                }
                assertEquals(predicted, kept, layer + " in " + type);
                sum += measured.bytes(i);
            }
            assertEquals(measured.arena - before, sum, "the arena holds what the layers keep, and nothing else");
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("org.revlayers.layers.LayerCase#all")
    void memoryReportAgrees(LayerCase layerCase) {
        AfterForward measured = measure(layerCase, DataType.FLOAT);
        MultiLayerConfiguration conf = layerCase.conf();
        List<InputType> types = conf.getLayerActivationTypes(layerCase.input());
        MultiLayerNetwork net = layerCase.net();
        for (int i : measured.kept.keySet()) {
            var report = conf.getConf(i).getLayer().getMemoryReport(i == 0 ? layerCase.input() : types.get(i - 1));
            long working = report.getMemoryBytes(
                    MemoryType.WORKING_MEMORY_VARIABLE, BATCH, MemoryUseMode.TRAINING, CacheMode.NONE, DataType.FLOAT);
            // Codes are rounded up to whole bytes for each example, and their sum to whole floats.
            long rounding = (long) BATCH * (Float.BYTES + measured.kept.get(i).size());
            assertTrue(
                    working >= measured.bytes(i) && working <= measured.bytes(i) + rounding,
                    () -> "reported " + working + ", measured " + measured.bytes(i));
            assertEquals(
                    net.getLayer(i).numParams() * Float.BYTES,
                    report.getMemoryBytes(
                            MemoryType.PARAMETERS, BATCH, MemoryUseMode.TRAINING, CacheMode.NONE, DataType.FLOAT));
        }
        assertTrue(conf.getMemoryReport(layerCase.input())
                        .getTotalMemoryBytes(BATCH, MemoryUseMode.TRAINING, CacheMode.NONE, DataType.FLOAT)
                > 0);
    }

    @Test
    void methodsKeepLessInTurn() {
        long plain = measure(block(Memory.store()), DataType.FLOAT).bytes(1);
        long recompute = measure(block(Memory.recompute()), DataType.FLOAT).bytes(1);
        long approx = measure(block(Memory.approx()), DataType.FLOAT).bytes(1);
        assertTrue(recompute < plain && approx < plain, plain + ", " + recompute + ", " + approx);
        // Per element of the hidden layer: four bytes of u, and a quarter of a byte of code for u.
        long hidden = (long) BATCH * LayerCase.TOKENS * 12;
        assertEquals(plain - recompute, hidden * Float.BYTES);
    }

    private static LayerCase block(Memory memory) {
        return LayerCase.tokens("block", () -> LayerCase.block().memory(memory).build());
    }
}
