package org.revlayers.parallel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.datasets.iterator.utilty.ListDataSetIterator;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.api.Updater;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.parallelism.ParallelWrapper;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.revlayers.listeners.StartTogether;

/** What the tests of this package do with a list and a graph alike, and the workers of a ParallelWrapper played by networks one after another. */
final class Workers {

    /** Of every wrapper here. */
    static final int COUNT = 2;

    /** Copies of a network, of which each has its own batches. */
    private final List<Model> copies = new ArrayList<>();

    Workers(Model net) {
        for (int i = 0; i < COUNT; i++) {
            copies.add(copy(net));
        }
    }

    List<Model> copies() {
        return copies;
    }

    /** A round of averaging: each trains on its batch; then all have the mean of their parameters and of their updaters' state. */
    void average(List<DataSet> batches) {
        for (int i = 0; i < COUNT; i++) {
            fit(copies.get(i), batches.get(i));
        }
        INDArray params = mean(copies.get(0).params(), copies.get(1).params());
        INDArray state = state(copies.get(0)) == null ? null : mean(state(copies.get(0)), state(copies.get(1)));
        for (Model copy : copies) {
            copy.params().assign(params);
            if (state != null) {
                state(copy).assign(state);
            }
        }
    }

    private static INDArray mean(INDArray a, INDArray b) {
        return a.add(b).divi(2);
    }

    /**
     * Trains in a wrapper, a round on every {@link #COUNT} batches, a call of its {@code fit} for each list of them. A list has its updater back behind each
     * call: Deeplearning4j forgets it.
     */
    @SafeVarargs
    static void fit(Model net, ParallelWrapper.Builder<?> builder, List<DataSet>... calls) {
        try (ParallelWrapper wrapper =
                builder.workers(COUNT).prefetchBuffer(0).averagingFrequency(1).build()) {
            wrapper.setListeners(new StartTogether(COUNT));
            for (List<DataSet> batches : calls) {
                List<DataSet> examples = batches.stream()
                        .flatMap(batch -> batch.asList().stream())
                        .toList();
                var iterator =
                        new ListDataSetIterator<>(examples, batches.get(0).numExamples());
                if (net instanceof MultiLayerNetwork list) {
                    Updater updater = list.getUpdater();
                    wrapper.fit(iterator);
                    list.setUpdater(updater);
                } else {
                    wrapper.fit(iterator);
                }
            }
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    static void fit(Model net, DataSet batch) {
        if (net instanceof MultiLayerNetwork list) {
            list.fit(batch);
        } else {
            ((ComputationGraph) net).fit(batch);
        }
    }

    /** The clone of a graph begins at iteration 0; the copy that a ParallelWrapper makes does not. */
    private static Model copy(Model net) {
        if (net instanceof MultiLayerNetwork list) {
            return list.clone();
        }
        ComputationGraph copy = new ComputationGraph(ComputationGraphConfiguration.fromJson(configuration(net)));
        copy.init(net.params().dup(), false);
        if (state(net) != null) {
            copy.getUpdater().setStateViewArray(state(net).dup());
        }
        return copy;
    }

    static INDArray state(Model net) {
        return net instanceof MultiLayerNetwork list
                ? list.getUpdater().getStateViewArray()
                : ((ComputationGraph) net).getUpdater().getStateViewArray();
    }

    /** Everything that a copy of it would have: counts, schedules, scales. */
    static String configuration(Model net) {
        return net instanceof MultiLayerNetwork list
                ? list.getLayerWiseConfigurations().toJson()
                : ((ComputationGraph) net).getConfiguration().toJson();
    }

    /** The same parameters, within a tolerance, the same state, and one configuration. */
    static void same(Model expected, Model actual, double tolerance) {
        near(expected.params(), actual.params(), tolerance, "parameters");
        if (state(expected) != null) {
            near(state(expected), state(actual), tolerance, "updater");
        }
        assertEquals(configuration(expected), configuration(actual));
    }

    static void near(INDArray expected, INDArray actual, double tolerance, String what) {
        double[] values = expected.toDoubleVector();
        for (double value : values) {
            assertFalse(Double.isNaN(value), what + " are numbers");
        }
        assertArrayEquals(values, actual.toDoubleVector(), tolerance, what);
    }
}
