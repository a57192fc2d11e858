package org.revlayers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.Supplier;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.learning.config.Sgd;
import org.revlayers.function.InPlaceFunction;
import org.revlayers.layers.InPlaceBatchNorm;
import org.revlayers.plan.Answer;
import org.revlayers.plan.Exactness;

/** Batch normalisations in place as an answer of plans, and those that a network has frozen itself. */
class PlannedNormsTest {

    private static final int BATCH = 4;
    private static final int SIDE = 32;

    private static MultiLayerNetwork net(Supplier<Layer> norm) {
        NeuralNetConfiguration.ListBuilder list = new NeuralNetConfiguration.Builder()
                .seed(5)
                .updater(new Sgd(0.1))
                .convolutionMode(ConvolutionMode.Same)
                .activation(Activation.IDENTITY)
                .list();
        for (int i = 0; i < 6; i++) {
            Layer normalise = norm.get();
            normalise.setLayerName("norm" + i);
            list.layer(new ConvolutionLayer.Builder(3, 3)
                            .name("conv" + i)
                            .nOut(16)
                            .build())
                    .layer(normalise)
                    .layer(new ActivationLayer.Builder()
                            .activation(Activation.RELU)
                            .name("relu" + i)
                            .build());
        }
        MultiLayerNetwork net = new MultiLayerNetwork(list.layer(new OutputLayer.Builder()
                        .name("output")
                        .nOut(3)
                        .activation(Activation.SOFTMAX)
                        .build())
                .setInputType(InputType.convolutional(SIDE, SIDE, 3))
                .build());
        net.init();
        return net;
    }

    private static MemoryPlanner planner(MultiLayerNetwork net) {
        return MemoryPlanner.of(net, PlannedVit.images(BATCH, SIDE)).budget("100%");
    }

    @Test
    void theAnswerTakesWhatIsPredicted() {
        MultiLayerNetwork net = net(BatchNormalization::new);
        MemoryPlan plan = planner(net)
                .allow(Exactness.NEW_FUNCTION)
                .pin("conv*", Answer.IN_PLACE)
                .solve();
        MemoryPlan stored = planner(net).pin("conv*", Answer.STORE).solve();
        assertEquals(Exactness.NEW_FUNCTION, plan.exactness());
        assertTrue(plan.keptBytes() < 0.65 * stored.keptBytes(), () -> plan + " and stored " + stored);
        MultiLayerNetwork lean = plan.apply();
        long peak = PlannedVit.measured(lean);
        assertTrue(peak <= plan.peakBytes() && peak >= 0.97 * plan.peakBytes(), peak + " measured of " + plan);
        assertTrue(plan.toString().contains("in_place"), plan::toString);
        assertEquals(plan.toString(), MemoryPlan.ofJson(plan.toJson()).toString());
        MultiLayerNetwork plain = Lean.restore(lean);
        assertEquals(
                net.getLayer("norm1").getParam("mean"), plain.getLayer("norm1").getParam("mean"));
        assertFalse(net.params().equals(plain.params()), "it has learned");
    }

    @Test
    void itIsAnotherFunction() {
        String message = PlannedVit.refused(() -> planner(net(BatchNormalization::new))
                .pin("conv0", Answer.IN_PLACE)
                .solve());
        assertTrue(message.contains("which has [checkpoint, store]"), message);
    }

    /** What is exact is in place however it is kept. */
    @Test
    void frozenNormsAreInPlaceInPlansOfTheSameFunction() {
        Supplier<Layer> frozen = () -> new InPlaceBatchNorm.Builder()
                .function(InPlaceFunction.IDENTITY)
                .frozenStatistics(true)
                .build();
        MemoryPlan plan = planner(net(frozen)).pin("conv*", Answer.STORE).solve();
        MemoryPlan stored =
                planner(net(BatchNormalization::new)).pin("conv*", Answer.STORE).solve();
        assertEquals(Exactness.SAME_FUNCTION, plan.exactness());
        assertTrue(plan.keptBytes() < 0.65 * stored.keptBytes(), () -> plan + " and of the batch " + stored);
        long peak = PlannedVit.measured(plan.apply());
        assertTrue(peak <= plan.peakBytes() && peak >= 0.97 * plan.peakBytes(), peak + " measured of " + plan);
        String message = PlannedVit.refused(() -> planner(net(frozen))
                .allow(Exactness.NEW_FUNCTION)
                .pin("conv0", Answer.IN_PLACE)
                .solve());
        assertTrue(message.contains("in_place"), message);
    }
}
