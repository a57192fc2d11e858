package org.revlayers.examples.finetune;

import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.api.NeuralNetwork;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.revlayers.chain.ReversibleChain;
import org.revlayers.examples.shared.Conversion;
import org.revlayers.internal.container.ContainerHost;
import org.revlayers.internal.container.ContainerLayer;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.Coefficients;

/**
 * A network that is fine-tuned: DL4J's two kinds behind what the fine-tuner needs of both. They share no type that has all of it, so what
 * each kind does for itself is given by it.
 *
 * @param model      the network, as what every DL4J model is
 * @param network    the same, as what every DL4J neural network is
 * @param outputs    class probabilities of a batch
 * @param iterations optimizer steps so far
 * @param inOrder    the layers in order
 * @param trained    what a method trains of this network
 */
record Trainee(
        Model model,
        NeuralNetwork network,
        Function<DataSet, INDArray> outputs,
        IntSupplier iterations,
        Supplier<Layer[]> inOrder,
        BiFunction<Conversion, Supplier<DataSet>, Trainee> trained) {

    /** A network, or a graph with one input and one output. */
    static Trainee of(Model model) {
        return model instanceof MultiLayerNetwork net ? of(net) : of((ComputationGraph) model);
    }

    private static Trainee of(MultiLayerNetwork net) {
        return new Trainee(
                net,
                net,
                batch -> net.output(batch.getFeatures(), false, batch.getFeaturesMaskArray(), null),
                net::getIterationCount,
                net::getLayers,
                (conversion, batch) -> of(conversion.of(net, batch)));
    }

    private static Trainee of(ComputationGraph net) {
        return new Trainee(
                net,
                net,
                batch -> net.outputSingle(batch.getFeatures()),
                net::getIterationCount,
                net::getLayers,
                (conversion, batch) -> of(conversion.of(net, batch)));
    }

    /** Class probabilities. */
    INDArray output(DataSet batch) {
        return outputs.apply(batch);
    }

    /** Optimizer steps so far. */
    int steps() {
        return iterations.getAsInt();
    }

    /** The layers in order. */
    Layer[] layers() {
        return inOrder.get();
    }

    /**
     * What a method trains of this network.
     *
     * @param batch that it will be trained with
     */
    Trainee converted(Conversion conversion, Supplier<DataSet> batch) {
        return trained.apply(conversion, batch);
    }

    /** One training step. */
    void fit(DataSet batch) {
        network().fit(batch);
    }

    /** Replaces all listeners. */
    void listen(TrainingListener... listeners) {
        model().setListeners(listeners);
    }

    /** The chains among the layers and inside of them. */
    List<ReversibleChain> chains() {
        return Stream.of(layers())
                .map(layer -> layer.conf().getLayer())
                .flatMap(Trainee::chains)
                .toList();
    }

    /** α and β of the step that comes next, of chains that reverse; null without any. */
    Coefficients coefficients() {
        return chains().stream()
                .filter(chain -> chain.getMode() == ChainMode.REVERSE)
                .map(ReversibleChain::coefficients)
                .findFirst()
                .orElse(null);
    }

    private static Stream<ReversibleChain> chains(org.deeplearning4j.nn.conf.layers.Layer layer) {
        if (layer instanceof ReversibleChain chain) {
            return Stream.of(chain);
        }
        return layer instanceof ContainerLayer container
                ? container.innerLayers().values().stream().flatMap(Trainee::chains)
                : Stream.empty();
    }

    /** Reconstructions that checksums proved, in all steps of this process, of the chains of the network. */
    long provedReconstructions() {
        return Stream.of(layers())
                .filter(ContainerHost.class::isInstance)
                .mapToLong(layer -> ((ContainerHost<?>) layer).verifiedReconstructions())
                .sum();
    }

    /** Training loss of the latest step. */
    double score() {
        return model().score();
    }
}
