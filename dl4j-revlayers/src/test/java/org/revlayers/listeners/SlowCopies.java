package org.revlayers.listeners;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.deeplearning4j.datasets.iterator.utilty.ListDataSetIterator;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.deeplearning4j.parallelism.ParallelWrapper;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.activations.impl.ActivationTanH;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.revlayers.layers.Compare;

/** Networks of which a copy takes longer than a step, and the wrappers that train them. */
final class SlowCopies {

    private static final double EQUAL = 1e-12; // DOUBLE, sums in another order

    /** A copy takes longer than the first worker's step. */
    public static class SlowToCopy extends ActivationTanH {
        private static final long serialVersionUID = 1L;

        @SuppressWarnings("this-escape")
        public SlowToCopy() {
            if (Thread.currentThread().getName().contains("ParallelWrapper")) {
                try {
                    TimeUnit.MILLISECONDS.sleep(700);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }

    private SlowCopies() {}

    private static NeuralNetConfiguration.Builder base() {
        return new NeuralNetConfiguration.Builder()
                .seed(5)
                .dataType(DataType.DOUBLE)
                .updater(new Sgd(0.5));
    }

    private static DenseLayer hidden() {
        return new DenseLayer.Builder()
                .nIn(4)
                .nOut(5)
                .activation(new SlowToCopy())
                .build();
    }

    private static OutputLayer out() {
        return new OutputLayer.Builder()
                .nIn(5)
                .nOut(2)
                .activation(Activation.SOFTMAX)
                .build();
    }

    static MultiLayerNetwork list() {
        MultiLayerNetwork net =
                new MultiLayerNetwork(base().list(hidden(), out()).build());
        net.init();
        return net;
    }

    static ComputationGraph graph() {
        ComputationGraph net = new ComputationGraph(base().graphBuilder()
                .addInputs("in")
                .addLayer("hidden", hidden(), "in")
                .addLayer("out", out(), "hidden")
                .setOutputs("out")
                .build());
        net.init();
        return net;
    }

    static List<DataSet> batches(int count) {
        List<DataSet> batches = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            batches.add(new DataSet(
                    Nd4j.linspace(-1 - i, 1 + 0.3 * i * i, 8, DataType.DOUBLE).reshape(2, 4),
                    Nd4j.createFromArray(new double[][] {{1, 0}, {0, 1}})));
        }
        return batches;
    }

    static ParallelWrapper wrapper(Model net, int workers, TrainingListener... listeners) {
        ParallelWrapper wrapper = new ParallelWrapper.Builder<>(net)
                .workers(workers)
                .prefetchBuffer(0)
                .averagingFrequency(1)
                .trainingMode(ParallelWrapper.TrainingMode.AVERAGING)
                .build();
        wrapper.setListeners(listeners);
        return wrapper;
    }

    static void fit(ParallelWrapper wrapper, List<DataSet> batches) {
        wrapper.fit(new ListDataSetIterator<>(
                batches.stream().flatMap(d -> d.asList().stream()).toList(), 2));
    }

    /** One network, on the batches of each round as one. */
    static void fit(MultiLayerNetwork one, List<DataSet> batches, int workers) {
        for (int i = 0; i < batches.size(); i += workers) {
            one.fit(DataSet.merge(batches.subList(i, Math.min(batches.size(), i + workers))));
        }
    }

    static void averages(Model net, int workers, int batches, int fits, TrainingListener... listeners)
            throws Exception {
        MultiLayerNetwork one = list();
        try (ParallelWrapper wrapper = wrapper(net, workers, listeners)) {
            for (int i = 0; i < fits; i++) {
                fit(one, batches(batches), workers);
                fit(wrapper, batches(batches));
                Compare.near(one.params(), net.params(), EQUAL, "fit " + i);
            }
        }
    }
}
