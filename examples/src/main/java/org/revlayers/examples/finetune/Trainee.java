package org.revlayers.examples.finetune;

import java.util.List;
import java.util.stream.Stream;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.revlayers.chain.ChainHost;
import org.revlayers.convert.Reversify;
import org.revlayers.convert.ReversifyOptions;

/** A network that is fine-tuned: DL4J's two kinds behind what the fine-tuner needs of both. */
interface Trainee {

    /** The network itself. */
    Model model();

    /** One training step. */
    void fit(DataSet batch);

    /** Class probabilities. */
    INDArray output(DataSet batch);

    /** Optimizer steps so far. */
    int steps();

    /** Replaces all listeners. */
    void listen(TrainingListener... listeners);

    /** The layers in order. */
    Layer[] layers();

    /** The configuration as JSON. */
    String configuration();

    /** The updater's state, or null. */
    INDArray updaterState();

    /** The same network with its residual blocks as chains. */
    Trainee reversible(ReversifyOptions options);

    /** The chains among the layers. */
    default List<ChainHost> chains() {
        return Stream.of(layers())
                .filter(ChainHost.class::isInstance)
                .map(ChainHost.class::cast)
                .toList();
    }

    /** Training loss of the latest step. */
    default double score() {
        return model().score();
    }

    static Trainee of(Model model) {
        return model instanceof MultiLayerNetwork net ? new Sequential(net) : new Graph((ComputationGraph) model);
    }

    /** A {@link MultiLayerNetwork}. */
    record Sequential(MultiLayerNetwork model) implements Trainee {
        @Override
        public void fit(DataSet batch) {
            model.fit(batch);
        }

        @Override
        public INDArray output(DataSet batch) {
            return model.output(batch.getFeatures(), false, batch.getFeaturesMaskArray(), null);
        }

        @Override
        public int steps() {
            return model.getIterationCount();
        }

        @Override
        public void listen(TrainingListener... listeners) {
            model.setListeners(listeners);
        }

        @Override
        public Layer[] layers() {
            return model.getLayers();
        }

        @Override
        public String configuration() {
            return model.getLayerWiseConfigurations().toJson();
        }

        @Override
        public INDArray updaterState() {
            return model.getUpdater().getStateViewArray();
        }

        @Override
        public Trainee reversible(ReversifyOptions options) {
            return new Sequential(Reversify.convert(model, options).network());
        }
    }

    /** A {@link ComputationGraph} with one input and one output. */
    record Graph(ComputationGraph model) implements Trainee {
        @Override
        public void fit(DataSet batch) {
            model.fit(batch);
        }

        @Override
        public INDArray output(DataSet batch) {
            return model.outputSingle(batch.getFeatures());
        }

        @Override
        public int steps() {
            return model.getIterationCount();
        }

        @Override
        public void listen(TrainingListener... listeners) {
            model.setListeners(listeners);
        }

        @Override
        public Layer[] layers() {
            return model.getLayers();
        }

        @Override
        public String configuration() {
            return model.getConfiguration().toJson();
        }

        @Override
        public INDArray updaterState() {
            return model.getUpdater().getStateViewArray();
        }

        @Override
        public Trainee reversible(ReversifyOptions options) {
            return new Graph(Reversify.convert(model, options).network());
        }
    }
}
