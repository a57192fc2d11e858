package org.revlayers.layers;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.deeplearning4j.datasets.iterator.utilty.ListDataSetIterator;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.deeplearning4j.parallelism.ParallelWrapper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.activations.impl.ActivationTanH;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.revlayers.listeners.StartTogether;

/**
 * Why ParallelWrapper 1.0.0-M2.1 averages wrong parameters now and then, with stock layers alone: its first worker trains the network itself, and the others
 * copy that network in threads of their own, at any time. Who copies late copies parameters that have been trained, and one batch counts twice.
 */
@Timeout(60)
class ParallelWrapperStartTest {

    /** Reading it from JSON, as every replica does, takes longer than a step of the first worker. */
    public static class SlowToRead extends ActivationTanH {
        private static final long serialVersionUID = 1L;

        @SuppressWarnings("this-escape")
        public SlowToRead() {
            if (Thread.currentThread().getName().startsWith("Thread-")
                    || Thread.currentThread().getName().contains("ParallelWrapper")) {
                try {
                    TimeUnit.MILLISECONDS.sleep(1500);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }

    private static MultiLayerNetwork net() {
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .seed(5)
                .dataType(DataType.DOUBLE)
                .updater(new Sgd(0.5))
                .list()
                .layer(new DenseLayer.Builder()
                        .nIn(4)
                        .nOut(5)
                        .activation(new SlowToRead())
                        .build())
                .layer(new OutputLayer.Builder()
                        .nIn(5)
                        .nOut(2)
                        .activation(Activation.SOFTMAX)
                        .build())
                .build());
        net.init();
        return net;
    }

    private static DataSet data() {
        return new DataSet(
                Nd4j.linspace(-1, 1, 16, DataType.DOUBLE).reshape(4, 4),
                Nd4j.createFromArray(new double[][] {{1, 0}, {0, 1}, {1, 0}, {0, 1}}));
    }

    private static INDArray inParallel(TrainingListener... listeners) throws Exception {
        MultiLayerNetwork net = net();
        try (ParallelWrapper wrapper = new ParallelWrapper.Builder<>(net)
                .workers(2)
                .prefetchBuffer(0)
                .averagingFrequency(1)
                .trainingMode(ParallelWrapper.TrainingMode.AVERAGING)
                .build()) {
            wrapper.setListeners(listeners);
            wrapper.fit(new ListDataSetIterator<>(new ArrayList<>(data().asList()), 2));
        }
        return net.params();
    }

    private static INDArray inOne() {
        MultiLayerNetwork net = net();
        net.fit(data());
        return net.params();
    }

    @Test
    void whoCopiesLateCopiesTrainedParameters() throws Exception {
        List<DataSet> halves = data().batchBy(2);
        MultiLayerNetwork first = net();
        first.fit(halves.get(0));
        MultiLayerNetwork late = first.clone();
        late.fit(halves.get(1));
        INDArray wrong = first.params().add(late.params()).divi(2);
        Compare.near(wrong, inParallel(), 1e-12, "one update too many in the second worker");
        Compare.different(inOne(), wrong, "and that is not the mean");
    }

    @Test
    void aStartTogetherIsRight() throws Exception {
        Compare.near(inOne(), inParallel(new StartTogether(2)), 1e-12, "averaged");
    }
}
