package org.revlayers.parallel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.List;
import org.deeplearning4j.datasets.iterator.utilty.ListDataSetIterator;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.parallelism.ParallelWrapper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.revlayers.listeners.StartTogether;

/**
 * Two workers of a ParallelWrapper, averaged after every batch, give the bits that two networks one after another give, averaged by hand: parameters, the
 * updater's state, and all that the configuration says, such as where each chain is on its schedule. That holds for random signs and dropped paths too,
 * which both workers draw alike: they have one seed and one count.
 */
@Timeout(300)
class AveragingTest {

    private static final int ROUNDS = 3;

    /** In two calls of fit: the second copies the network again. */
    @ParameterizedTest
    @MethodSource("org.revlayers.parallel.LeanNetworks#all")
    void theMeanIsThatOfTwoNetworks(Replicated replicated) {
        Model net = replicated.make().get();
        INDArray before = net.params().dup();
        List<DataSet> batches = replicated.rounds(ROUNDS);
        Workers hand = new Workers(net);
        for (int round = 0; round < ROUNDS; round++) {
            if (round == 1) {
                hand = new Workers(hand.copies().get(0));
            }
            hand.average(batches.subList(round * Workers.COUNT, (round + 1) * Workers.COUNT));
        }
        Workers.fit(
                net, averaging(net), batches.subList(0, Workers.COUNT), batches.subList(Workers.COUNT, batches.size()));
        Workers.same(hand.copies().get(0), net, 0);
        assertNotEquals(before, net.params(), "trained");
    }

    private static ParallelWrapper.Builder<?> averaging(Model net) {
        return new ParallelWrapper.Builder<>(net).trainingMode(ParallelWrapper.TrainingMode.AVERAGING);
    }

    /** Deeplearning4j's own: why {@link Workers#fit} gives a list its updater back. */
    @Test
    void aListForgetsItsUpdaterAndAGraphDoesNot() throws Exception {
        for (Model net : List.of(LeanNetworks.stock(), LeanNetworks.residual())) {
            try (ParallelWrapper wrapper = averaging(net).workers(Workers.COUNT).build()) {
                wrapper.setListeners(new StartTogether(Workers.COUNT));
                wrapper.fit(
                        new ListDataSetIterator<>(LeanNetworks.BATCHES.apply(0).asList(), 2));
            }
            boolean empty = Workers.state(net).amaxNumber().doubleValue() == 0;
            assertEquals(net instanceof MultiLayerNetwork, empty, net.getClass().getSimpleName());
        }
    }
}
