package org.revlayers.before.write;

import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.ScaleVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.transferlearning.TransferLearning;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.revlayers.Lean;
import org.revlayers.keep.Memory;
import org.revlayers.layers.LayerNormalization;

/** Computation graphs that were converted. */
final class GraphConversionFiles {

    private static final InputType SEQUENCES = InputType.recurrent(Nets.FEATURES, Nets.TOKENS);
    private static final Batch ON_SEQUENCES = Batch.floats(Nets.FEATURES, Nets.TOKENS);

    private GraphConversionFiles() {}

    static void write(Writer to) {
        Memory moving = ConversionFiles.moving();
        Memory all = ConversionFiles.moving().otherwise(Memory.checkpoint());
        to.network("graph-reversible", Lean.convert(images(false), moving).network(), Nets.ON_IMAGES);
        to.network("graph-reversible-rest", Lean.convert(images(false), all).network(), Nets.ON_IMAGES);
        to.network(
                "graph-reversible-frozen-inside",
                Lean.convert(images(true), moving).network(),
                Nets.ON_IMAGES);
        to.network("graph-razor", razor(images(false)), Nets.ON_IMAGES);
        to.network("graph-razor-frozen", frozen(razor(images(false))), Nets.ON_IMAGES);
        to.network("graph-scaled", Lean.convert(scaled(), moving).network(), Nets.ON_IMAGES);
        to.network("graph-lstm", Lean.convert(sequences(), moving).network(), ON_SEQUENCES);
        ComputationGraph tokens = tokens();
        ComputationGraph chain = Lean.convert(tokens, moving).network();
        to.network("graph-tokens-reversible", chain, Nets.ON_TOKENS);
        to.network("graph-tokens-frozen", frozen(Lean.convert(tokens, moving).network()), Nets.ON_TOKENS);
        to.network("graph-tokens-razor", razor(tokens), Nets.ON_TOKENS);
        to.network(
                "graph-tokens-shared",
                Lean.convert(tokens, Memory.sharedNorms()).network(),
                Nets.ON_TOKENS);
    }

    private static ComputationGraph razor(ComputationGraph net) {
        return Lean.convert(net, ConversionFiles.razor()).network();
    }

    /** All up to the pooling. */
    private static ComputationGraph frozen(ComputationGraph net) {
        return new TransferLearning.GraphBuilder(net)
                .setFeatureExtractor(
                        net.getConfiguration().getVertexInputs().get("out").get(0))
                .build();
    }

    /** Two blocks of convolution, norm, ReLU, convolution, norm, sum, ReLU. */
    private static ComputationGraph images(boolean frozen) {
        Sketch sketch = new Sketch()
                .layer("first", Nets.convolution(2, Activation.TANH), "in")
                .layer("stem", Nets.convolution(3, Activation.TANH), "first");
        String from = "stem";
        for (String name : new String[] {"a", "b"}) {
            Layer first = Nets.convolution(3, Activation.IDENTITY);
            sketch.layer(name + "1", frozen ? new FrozenLayer(first) : first, from)
                    .layer(name + "2", new BatchNormalization(), name + "1")
                    .layer(name + "3", Nets.relu(), name + "2")
                    .layer(name + "4", Nets.convolution(3, Activation.IDENTITY), name + "3")
                    .layer(name + "5", new BatchNormalization(), name + "4")
                    .add(name + "6", name + "5", from)
                    .layer(name, Nets.relu(), name + "6");
            from = name;
        }
        return sketch.pooled("b", Nets.IMAGE_IN);
    }

    /** Branches with a factor. */
    private static ComputationGraph scaled() {
        Sketch sketch = new Sketch().layer("stem", Nets.convolution(3, Activation.TANH), "in");
        String from = "stem";
        for (String name : new String[] {"a", "b"}) {
            sketch.layer(name + "1", Nets.convolution(3, Activation.TANH), from);
            sketch.graph.addVertex(name + "2", new ScaleVertex(0.5), name + "1");
            sketch.add(name, name + "2", from);
            from = name;
        }
        return sketch.pooled("b", Nets.IMAGE_IN);
    }

    private static ComputationGraph sequences() {
        Sketch sketch = new Sketch();
        String from = "in";
        for (String name : new String[] {"a", "b"}) {
            sketch.layer(name + "1", new LSTM.Builder().nOut(Nets.FEATURES).build(), from)
                    .add(name, name + "1", from);
            from = name;
        }
        return sketch.pooled("b", SEQUENCES);
    }

    private static ComputationGraph tokens() {
        return new Sketch()
                .layer("a", BlockFiles.block().build(), "in")
                .layer("b", BlockFiles.block().build(), "a")
                .layer("c", BlockFiles.block().build(), "b")
                .layer("norm", new LayerNormalization.Builder().build(), "c")
                .layer("mlp", ContainerFiles.mlp(), "norm")
                .layer("pool", Nets.mean(), "mlp")
                .end("pool", Nets.TOKENS_IN);
    }

    /** Writes graphs in few words. */
    private static final class Sketch {

        private final ComputationGraphConfiguration.GraphBuilder graph = Nets.base(DataType.FLOAT)
                .updater(Nets.momentum())
                .graphBuilder()
                .addInputs("in");

        Sketch layer(String name, Layer layer, String from) {
            graph.addLayer(name, layer, from);
            return this;
        }

        Sketch add(String name, String... from) {
            graph.addVertex(name, new ElementWiseVertex(ElementWiseVertex.Op.Add), from);
            return this;
        }

        ComputationGraph pooled(String from, InputType in) {
            return layer("pool", new GlobalPoolingLayer(PoolingType.AVG), from).end("pool", in);
        }

        ComputationGraph end(String from, InputType in) {
            ComputationGraph net = new ComputationGraph(layer("out", Nets.output(), from)
                    .graph
                    .setOutputs("out")
                    .setInputTypes(in)
                    .build());
            net.init();
            return net;
        }
    }
}
