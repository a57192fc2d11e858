package org.revlayers.parallel;

import java.util.List;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.Adam;
import org.revlayers.chain.OdeSolver;
import org.revlayers.chain.ReversibleChain;
import org.revlayers.chain.ReversibleOde;
import org.revlayers.chain.SubBlock;
import org.revlayers.container.CheckpointSequence;
import org.revlayers.container.RazorSequence;
import org.revlayers.container.ResidualUnit;
import org.revlayers.keep.Memory;
import org.revlayers.layers.LayerNormalization;
import org.revlayers.layers.MultiHeadSelfAttention;
import org.revlayers.layers.TokenPooling;
import org.revlayers.layers.TransformerBlock;
import org.revlayers.layers.TransformerMlp;
import org.revlayers.reversible.CoefficientSchedule;

/** Containers in containers, frozen ones, and layers that conversions do not make: on tokens, with a mean over them behind. */
final class NestedNetworks {

    private static final int FEATURES = 8;
    private static final int TOKENS = 5;
    private static final InputType INPUT = InputType.recurrent(FEATURES, TOKENS, RNNFormat.NWC);
    private static final IntFunction<DataSet> BATCHES = Replicated.batches(DataType.FLOAT, TOKENS, FEATURES);

    private NestedNetworks() {}

    static Stream<Replicated> all() {
        CoefficientSchedule over = CoefficientSchedule.over(6);
        return Stream.of(
                        both(
                                "chain in a checkpoint",
                                () -> List.of(new CheckpointSequence.Builder()
                                        .layers(chain(over), mlp())
                                        .build())),
                        both(
                                "chain in a razor two deep",
                                () -> List.of(new RazorSequence.Builder()
                                        .layers(
                                                mlp(),
                                                new RazorSequence.Builder()
                                                        .layers(chain(over))
                                                        .memory(Memory.store())
                                                        .build())
                                        .build())),
                        both(
                                "chain in a chain",
                                () -> List.of(new ReversibleChain.Builder()
                                        .subBlock(SubBlock.of("outer", chain(over)))
                                        .subBlock(SubBlock.of("mlp", mlp()))
                                        .schedule(CoefficientSchedule.linear(1, 0.125, 0.5, 0.5, 4))
                                        .build())),
                        both(
                                "chain in a residual unit",
                                () -> List.of(new ResidualUnit.Builder()
                                        .main(chain(over))
                                        .build())),
                        both(
                                "random signs in a checkpoint",
                                () -> List.of(new CheckpointSequence.Builder()
                                        .layers(chain(CoefficientSchedule.randomSigns(0.125)), mlp())
                                        .build())),
                        both("frozen chain", () -> List.of(frozen(chain(over)))),
                        both(
                                "frozen chain in a checkpoint",
                                () -> List.of(new CheckpointSequence.Builder()
                                        .layers(mlp(), frozen(chain(over)))
                                        .build())),
                        both("ODE, leapfrog", () -> List.of(ode(OdeSolver.ALF))),
                        both("ODE, Heun", () -> List.of(ode(OdeSolver.REVERSIBLE_HEUN))),
                        both(
                                "ODE in a razor",
                                () -> List.of(new RazorSequence.Builder()
                                        .layers(ode(OdeSolver.ALF), mlp())
                                        .build())),
                        both(
                                "block, drop path, tokens dropped",
                                () -> List.of(new TransformerBlock.Builder(2)
                                        .mlp(12)
                                        .layerScale(0.3)
                                        .dropPath(0.25)
                                        .keepTokens(0.5)
                                        .build())))
                .flatMap(s -> s);
    }

    private static Layer mlp() {
        return new TransformerMlp.Builder(12).nOut(FEATURES).build();
    }

    private static ReversibleChain chain(CoefficientSchedule schedule) {
        return new ReversibleChain.Builder()
                .subBlock(SubBlock.of(
                        "attention",
                        new LayerNormalization.Builder().build(),
                        new MultiHeadSelfAttention.Builder(2).build()))
                .subBlock(SubBlock.of(
                        "mlp", new LayerNormalization.Builder().build(), new TransformerMlp.Builder(12).build()))
                .schedule(schedule)
                .build();
    }

    private static Layer frozen(Layer layer) {
        return new FrozenLayerWithBackprop(layer);
    }

    private static Layer ode(OdeSolver solver) {
        return new ReversibleOde.Builder()
                .layers(mlp(), new MultiHeadSelfAttention.Builder(2).build())
                .solver(solver)
                .steps(3)
                .timeChannel(true)
                .build();
    }

    /** As a list and as a graph. */
    private static Stream<Replicated> both(String name, Supplier<List<Layer>> layers) {
        return Stream.of(
                new Replicated("list, " + name, () -> list(layers.get()), BATCHES),
                new Replicated("graph, " + name, () -> graph(layers.get()), BATCHES));
    }

    private static NeuralNetConfiguration.Builder base() {
        return new NeuralNetConfiguration.Builder().seed(3).updater(new Adam(1e-3));
    }

    private static Layer pooling() {
        return new TokenPooling.Builder(TokenPooling.Kind.MEAN).build();
    }

    private static Layer out() {
        return new OutputLayer.Builder()
                .nOut(Replicated.CLASSES)
                .activation(Activation.SOFTMAX)
                .build();
    }

    private static Model list(List<Layer> layers) {
        NeuralNetConfiguration.ListBuilder list = base().list().layer(mlp());
        layers.forEach(list::layer);
        MultiLayerNetwork net = new MultiLayerNetwork(
                list.layer(pooling()).layer(out()).setInputType(INPUT).build());
        net.init();
        return net;
    }

    private static Model graph(List<Layer> layers) {
        GraphBuilder graph = base().graphBuilder().addInputs("in").addLayer("first", mlp(), "in");
        String last = "first";
        for (Layer layer : layers) {
            graph.addLayer(last + "x", layer, last);
            last += "x";
        }
        ComputationGraph net = new ComputationGraph(graph.addLayer("pooling", pooling(), last)
                .addLayer("out", out(), "pooling")
                .setOutputs("out")
                .setInputTypes(INPUT)
                .build());
        net.init();
        return net;
    }
}
