package org.revlayers.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.revlayers.MemoryPlan;
import org.revlayers.MemoryPlanner;
import org.revlayers.chain.ReversibleChain;
import org.revlayers.listeners.MemoryListener;
import org.revlayers.plan.Answer;
import org.revlayers.plan.Exactness;
import org.revlayers.reversible.ChainMode;

class RevNetModelTest {

    private static final int BATCH = 4;

    private static ComputationGraph small() {
        return RevNet.builder()
                .units(new int[] {3, 5})
                .filters(new int[] {8, 8, 16})
                .classes(3)
                .imageSize(32)
                .updater(new Sgd(0.05))
                .build()
                .init();
    }

    private static DataSet images() {
        INDArray x = Nd4j.randn(Nd4j.getRandomFactory().getNewRandomInstance(3), new long[] {BATCH, 3, 32, 32});
        INDArray y = Nd4j.zeros(DataType.FLOAT, BATCH, 3);
        for (int i = 0; i < BATCH; i++) {
            y.putScalar(i, i % 3, 1);
        }
        return new DataSet(x, y);
    }

    private static long measured(ComputationGraph net) {
        for (int i = 0; i < 20; i++) {
            net.fit(images());
        }
        MemoryListener memory = new MemoryListener();
        net.addListeners(memory);
        for (int i = 0; i < 20; i++) {
            net.fit(images());
        }
        return memory.report().peakBytes();
    }

    @Test
    void revNet104HasAsManyLayersAndParametersAsThePaperSays() {
        ComputationGraphConfiguration conf = RevNet.builder().build().graphConf();
        int layers = 1; // the output
        long parameters = 0;
        for (Map.Entry<String, org.deeplearning4j.nn.conf.graph.GraphVertex> vertex :
                conf.getVertices().entrySet()) {
            if (!(vertex.getValue() instanceof LayerVertex v)) {
                continue;
            }
            Layer layer = v.getLayerConf().getLayer();
            parameters += layer.initializer().numParams(v.getLayerConf());
            boolean shortcut = vertex.getKey().contains("_short");
            layers += layer instanceof ConvolutionLayer && !shortcut ? 1 : 0;
            if (layer instanceof ReversibleChain chain) {
                layers += chain.innerLayers().values().stream()
                        .filter(ConvolutionLayer.class::isInstance)
                        .count();
            }
        }
        assertEquals(104, layers);
        assertEquals(45.2e6, parameters, 0.6e6);
    }

    @Test
    void aPlanChoosesWhichSubBlocksAreStored() {
        ComputationGraph net = small();
        INDArray expected = net.outputSingle(images().getFeatures());
        MemoryPlanner planner = MemoryPlanner.of(net, images());
        for (String budget : List.of("100%", "80%", "62%")) {
            MemoryPlan plan = planner.budget(budget).solve();
            assertEquals(Exactness.SAME_FUNCTION, plan.exactness());
            ComputationGraph lean = plan.apply();
            assertEquals(expected, lean.outputSingle(images().getFeatures()), "modes are not of the function");
            long peak = measured(lean);
            assertTrue(
                    peak <= plan.peakBytes() && peak >= 0.97 * plan.peakBytes(),
                    peak + " measured of " + plan.peakBytes() + " in " + plan);
        }
    }

    @Test
    void subBlocksHaveTheModesOfThePlan() {
        ComputationGraph net = small();
        MemoryPlan plan = MemoryPlanner.of(net, images())
                .budget("100%")
                .pin("stage2/f1", Answer.STORE)
                .pin("stage2/g1", Answer.CHECKPOINT)
                .pin("stage2/f2", Answer.REVERSIBLE)
                .pin("stage2/g2", Answer.REVERSIBLE)
                .solve();
        ComputationGraph lean = plan.apply();
        ReversibleChain chain = (ReversibleChain) lean.getLayer("stage2").conf().getLayer();
        assertEquals(
                List.of(ChainMode.STORE, ChainMode.CHECKPOINT, ChainMode.REVERSE, ChainMode.REVERSE),
                chain.getSubBlocks().stream()
                        .limit(4)
                        .map(block -> block.getMode())
                        .collect(Collectors.toList()));
        long peak = measured(lean);
        assertTrue(peak <= plan.peakBytes() && peak >= 0.97 * plan.peakBytes(), peak + " measured of " + plan);
    }

    @Test
    void filtersAreEven() {
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> RevNet.builder().filters(new int[] {1, 2}).build().graphConf())
                .getMessage();
        assertTrue(message.contains("even") && message.contains("RevNet-104"), message);
    }
}
