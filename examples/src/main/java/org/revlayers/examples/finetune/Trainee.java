package org.revlayers.examples.finetune;

import java.util.List;
import java.util.stream.Stream;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.api.NeuralNetwork;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.revlayers.chain.ChainHost;
import org.revlayers.examples.shared.Conversion;

/** A network that is fine-tuned: DL4J's two kinds behind what the fine-tuner needs of both. */
interface Trainee {

    /** The network, as what every DL4J model is. */
    Model model();

    /** The network, as what every DL4J neural network is. */
    NeuralNetwork network();

    /** Class probabilities. */
    INDArray output(DataSet batch);

    /** Optimizer steps so far. */
    int steps();

    /** The layers in order. */
    Layer[] layers();

    /** What a method trains of this network. */
    Trainee converted(Conversion conversion);

    /** One training step. */
    default void fit(DataSet batch) {
        network().fit(batch);
    }

    /** Replaces all listeners. */
    default void listen(TrainingListener... listeners) {
        model().setListeners(listeners);
    }

    /** The chains among the layers. */
    default List<ChainHost> chains() {
        return Stream.of(layers())
                .filter(ChainHost.class::isInstance)
                .map(ChainHost.class::cast)
                .toList();
    }

    /** Reconstructions of the chains that checksums proved, in all steps of this process. */
    default long provedReconstructions() {
        return chains().stream().mapToLong(ChainHost::verifiedReconstructions).sum();
    }

    /** Training loss of the latest step. */
    default double score() {
        return model().score();
    }

    static Trainee of(Model model) {
        return model instanceof MultiLayerNetwork net ? new Sequential(net) : new Graph((ComputationGraph) model);
    }

    /** A {@link MultiLayerNetwork}. */
    record Sequential(MultiLayerNetwork network) implements Trainee {
        @Override
        public Model model() {
            return network;
        }

        @Override
        public INDArray output(DataSet batch) {
            return network.output(batch.getFeatures(), false, batch.getFeaturesMaskArray(), null);
        }

        @Override
        public int steps() {
            return network.getIterationCount();
        }

        @Override
        public Layer[] layers() {
            return network.getLayers();
        }

        @Override
        public Trainee converted(Conversion conversion) {
            return new Sequential(conversion.of(network));
        }
    }

    /** A {@link ComputationGraph} with one input and one output. */
    record Graph(ComputationGraph network) implements Trainee {
        @Override
        public Model model() {
            return network;
        }

        @Override
        public INDArray output(DataSet batch) {
            return network.outputSingle(batch.getFeatures());
        }

        @Override
        public int steps() {
            return network.getIterationCount();
        }

        @Override
        public Layer[] layers() {
            return network.getLayers();
        }

        @Override
        public Trainee converted(Conversion conversion) {
            return new Graph(conversion.of(network));
        }
    }
}
