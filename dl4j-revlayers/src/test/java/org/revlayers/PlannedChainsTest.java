package org.revlayers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.revlayers.chain.ReversibleChain;
import org.revlayers.chain.SubBlock;
import org.revlayers.convert.RestorationReport;
import org.revlayers.convert.Sample;
import org.revlayers.keep.Memory;
import org.revlayers.layers.Compare;
import org.revlayers.listeners.MemoryListener;
import org.revlayers.plan.Answer;
import org.revlayers.plan.Exactness;
import org.revlayers.reversible.CoefficientSchedule;

/** Plans for networks that have chains: with layers in front of the streams, and such that do not come back all along. */
class PlannedChainsTest {

    private static final DataSet BATCH = PlannedVit.images(4, 32);

    private static MultiLayerNetwork chained(Memory memory) {
        return Lean.convert(PlannedVit.small(Memory.store()), memory).network();
    }

    private static void holds(MultiLayerNetwork net, MemoryPlan plan) {
        assertEquals(Exactness.SAME_FUNCTION, plan.exactness());
        MultiLayerNetwork lean = plan.apply();
        assertEquals(
                net.output(BATCH.getFeatures()), lean.output(BATCH.getFeatures()), "modes are not of the function");
        assertPeak(PlannedVit.measured(lean), plan);
    }

    private static void assertPeak(long peak, MemoryPlan plan) {
        assertTrue(peak <= plan.peakBytes() && peak >= 0.97 * plan.peakBytes(), peak + " measured of " + plan);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1000%", "60%", "43%"})
    void layersInFrontOfTheStreamsBelongToTheFirstSubBlock(String budget) {
        MultiLayerNetwork net =
                chained(Memory.reversible(CoefficientSchedule.over(1000)).stem(true));
        holds(net, MemoryPlanner.of(net, BATCH).budget(budget).solve());
    }

    /** Also where inference is another function than training. */
    @ParameterizedTest
    @ValueSource(strings = {"1000%", "60%", "45%"})
    void chainsWithRandomSignsArePlannedForTheirTraining(String budget) {
        MultiLayerNetwork net = chained(Memory.reversible(CoefficientSchedule.randomSigns(0.125)));
        holds(net, MemoryPlanner.of(net, BATCH).budget(budget).solve());
    }

    /** They lie in a sequence, and a restoration says what they stood at all the same. */
    @Test
    void chainsOfAPlanAreToldWhenTheyAreTakenApart() {
        MultiLayerNetwork lean = MemoryPlanner.of(PlannedVit.small(Memory.store()), BATCH)
                .allow(Exactness.NEW_FUNCTION)
                .schedule(CoefficientSchedule.constant(0.5, 0.5))
                .pin("block*", Answer.REVERSIBLE)
                .budget("1000%")
                .solve()
                .<MultiLayerNetwork>apply();
        RestorationReport report =
                Lean.restore(lean, Sample.of(BATCH.getFeatures())).report();
        assertTrue(report.comparison().difference() > 1e-3, report::toString);
        assertFalse(report.sameFunction(), report::toString);
        assertTrue(report.toString().contains("stood at (0.5, 0.5)"), report::toString);
    }

    /** A plan may make them. */
    @Test
    void aPlanMakesChainsWithRandomSigns() {
        MultiLayerNetwork plain = PlannedVit.small(Memory.store());
        MemoryPlan plan = MemoryPlanner.of(plain, BATCH)
                .allow(Exactness.NEW_FUNCTION)
                .schedule(CoefficientSchedule.randomSigns(0.25))
                .pin("block*", Answer.REVERSIBLE)
                .budget("1000%")
                .solve();
        MultiLayerNetwork lean = plan.apply();
        Compare.near(plain.output(BATCH.getFeatures()), lean.output(BATCH.getFeatures()), 1e-5, "inference");
        assertPeak(PlannedVit.measured(lean), plan);
    }

    /** A stem that makes another shape, and takes more than the sub-blocks, in the middle of a graph. */
    @ParameterizedTest
    @EnumSource(
            value = Answer.class,
            names = {"STORE", "CHECKPOINT", "REVERSIBLE"})
    void aStemInAGraphMakesAnotherShape(Answer answer) {
        ReversibleChain.Builder chain = new ReversibleChain.Builder()
                .stem(dense(256), dense(24))
                .schedule(CoefficientSchedule.constant(0.5, 0.5));
        for (int i = 0; i < 5; i++) {
            chain.subBlock(SubBlock.of("f" + i, dense(40), dense(24)));
        }
        ComputationGraph net = new ComputationGraph(new NeuralNetConfiguration.Builder()
                .seed(3)
                .updater(new Sgd(0.01))
                .graphBuilder()
                .addInputs("x")
                .setInputTypes(InputType.feedForward(12))
                .addLayer("in", dense(16), "x")
                .addLayer("chain", chain.build(), "in")
                .addLayer("a", dense(20), "chain")
                .addLayer("b", dense(20), "a")
                .addLayer("out", new OutputLayer.Builder().nOut(3).build(), "b")
                .setOutputs("out")
                .build());
        net.init();
        DataSet batch = new DataSet(
                Nd4j.randn(Nd4j.getRandomFactory().getNewRandomInstance(5), new long[] {64, 12}),
                Nd4j.eye(64).getColumns(0, 1, 2).castTo(DataType.FLOAT));
        MemoryPlan plan = MemoryPlanner.of(net, batch)
                .budget("1000%")
                .pin("chain/*", answer)
                .solve();
        ComputationGraph lean = plan.apply();
        MemoryListener memory = new MemoryListener();
        for (int i = 0; i < 20; i++) {
            lean.fit(batch);
            if (i == 9) {
                lean.addListeners(memory);
            }
        }
        assertPeak(memory.report().peakBytes(), plan);
    }

    private static DenseLayer dense(int features) {
        return new DenseLayer.Builder()
                .nOut(features)
                .activation(Activation.TANH)
                .build();
    }

    /** To (1, 0) after ten steps, where the peak is that of a checkpointed network, or much later. */
    @ParameterizedTest
    @ValueSource(ints = {10, 1000})
    void aChainThatDoesNotComeBackIsStoredOrCheckpointed(int steps) {
        MultiLayerNetwork net = chained(Memory.reversible(CoefficientSchedule.builder()
                .totalIterations(steps)
                .returnFraction(0.2)
                .build()));
        MemoryPlanner planner = MemoryPlanner.of(net, BATCH);
        for (String budget : List.of("1000%", "70%", "55%")) {
            holds(net, planner.budget(budget).solve());
        }
        String message = PlannedVit.refused(() -> MemoryPlanner.of(net, BATCH)
                .budget("1000%")
                .pin("chain1/block1-mlp", Answer.REVERSIBLE)
                .solve());
        assertTrue(message.contains("which has [checkpoint, store]"), message);
    }
}
