package org.revlayers.parallel;

import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.solvers.accumulation.EncodingHandler;
import org.deeplearning4j.optimize.solvers.accumulation.GradientsAccumulator;
import org.deeplearning4j.optimize.solvers.accumulation.encoding.threshold.FixedThresholdAlgorithm;
import org.deeplearning4j.parallelism.ParallelWrapper;
import org.deeplearning4j.parallelism.ParallelWrapper.TrainingMode;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.compression.ThresholdCompression;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Two workers of a ParallelWrapper that share their gradients give the bits that two networks one after another give, with their updates exchanged by hand:
 * once as they are, and once in Deeplearning4j's codes, where an update adds up to a residual and only what reaches a threshold is told. In both the step is
 * the sum of all updates, not their mean.
 */
@Timeout(300)
class SharedGradientsTest {

    private static final int ROUNDS = 2;

    /** Adam's updates are 1e-3 large. */
    private static final double THRESHOLD = 5e-4;

    static Stream<Replicated> networks() {
        return Stream.concat(
                Stream.of(
                        new Replicated("list, stock", LeanNetworks::stock, LeanNetworks.BATCHES),
                        new Replicated("graph, stock", LeanNetworks::residual, LeanNetworks.BATCHES)),
                LeanNetworks.all());
    }

    @ParameterizedTest
    @MethodSource("networks")
    void theStepIsTheSumOfTheUpdates(Replicated replicated) {
        Model net = replicated.make().get();
        INDArray before = net.params().dup();
        List<DataSet> batches = replicated.rounds(ROUNDS);
        Workers hand = new Workers(net);
        for (int round = 0; round < ROUNDS; round++) {
            List<INDArray> updates = updates(hand, batches, round);
            INDArray step = updates.get(0).add(updates.get(1));
            hand.copies().forEach(copy -> copy.params()
                    .subi(step.reshape(copy.params().shape())));
        }
        Workers.fit(
                net,
                new ParallelWrapper.Builder<>(net)
                        .trainingMode(TrainingMode.CUSTOM)
                        .gradientsAccumulator(new Sums(Workers.COUNT)),
                batches);
        Workers.same(hand.copies().get(0), net, 0);
        assertNotEquals(before, net.params(), "trained");
    }

    @ParameterizedTest
    @MethodSource("networks")
    void codesAreThoseOfTheUpdates(Replicated replicated) {
        Model net = replicated.make().get();
        INDArray before = net.params().dup();
        List<DataSet> batches = replicated.rounds(ROUNDS);
        Workers hand = new Workers(net);
        List<INDArray> residuals = List.of(zeros(net), zeros(net));
        List<EncodingHandler> encoders = List.of(encoder(net), encoder(net));
        for (int round = 0; round < ROUNDS; round++) {
            List<INDArray> updates = updates(hand, batches, round);
            INDArray step = zeros(net);
            for (int i = 0; i < Workers.COUNT; i++) {
                residuals.get(i).addi(updates.get(i));
                decode(encoders.get(i).encodeUpdates(round, 0, residuals.get(i)), step);
            }
            hand.copies().forEach(copy -> copy.params()
                    .subi(step.reshape(copy.params().shape())));
        }
        Workers.fit(
                net,
                new ParallelWrapper.Builder<>(net)
                        .trainingMode(TrainingMode.SHARED_GRADIENTS)
                        .thresholdAlgorithm(new FixedThresholdAlgorithm(THRESHOLD)),
                batches);
        Workers.same(hand.copies().get(0), net, 0);
        assertNotEquals(before, net.params(), "trained");
    }

    /** Of a round, as updaters give them; the networks stay where they were, their counts and schedules go on. */
    private static List<INDArray> updates(Workers hand, List<DataSet> batches, int round) {
        List<INDArray> updates = new ArrayList<>();
        for (int i = 0; i < Workers.COUNT; i++) {
            Sums shown = new Sums(1);
            Model copy = hand.copies().get(i);
            share(copy, shown);
            Workers.fit(copy, batches.get(round * Workers.COUNT + i));
            updates.add(shown.update());
        }
        return updates;
    }

    private static void share(Model net, GradientsAccumulator accumulator) {
        if (net instanceof MultiLayerNetwork list) {
            list.setGradientsAccumulator(accumulator);
        } else {
            ((ComputationGraph) net).setGradientsAccumulator(accumulator);
        }
    }

    private static INDArray zeros(Model net) {
        return Nd4j.zeros(net.params().dataType(), net.numParams());
    }

    /** As ParallelWrapper makes it. */
    private static EncodingHandler encoder(Model net) {
        return new EncodingHandler(
                new FixedThresholdAlgorithm(THRESHOLD), null, (int) (net.numParams() / 16 + 5), false);
    }

    private static void decode(INDArray code, INDArray into) {
        if (code != null) {
            if (code.data().getInt(3) == ThresholdCompression.FLEXIBLE_ENCODING) {
                Nd4j.getExecutioner().thresholdDecode(code, into);
            } else {
                Nd4j.getExecutioner().bitmapDecode(code, into);
            }
        }
    }
}
