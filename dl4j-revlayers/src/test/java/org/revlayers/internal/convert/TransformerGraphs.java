package org.revlayers.internal.convert;

import java.util.function.IntFunction;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.revlayers.layers.PatchEmbedding;
import org.revlayers.layers.TokenPooling;
import org.revlayers.layers.TransformerBlock;

/** Graphs whose vertices are transformer blocks one behind the other, and data for them. */
final class TransformerGraphs {

    static final int TOKENS = 5;
    static final int FEATURES = 8;

    private TransformerGraphs() {}

    static GraphBuilder begin(DataType type) {
        return ResidualGraphs.global(type)
                .graphBuilder()
                .addInputs("tokens")
                .setInputTypes(InputType.recurrent(FEATURES, TOKENS, RNNFormat.NWC));
    }

    /** Adds three blocks, named block_0 and so on; returns the last name. */
    static String blocks(GraphBuilder g, String from, IntFunction<TransformerBlock> make) {
        String at = from;
        for (int i = 0; i < 3; i++) {
            g.addLayer("block_" + i, make.apply(i), at);
            at = "block_" + i;
        }
        return at;
    }

    static ComputationGraph finish(GraphBuilder g, String from) {
        ComputationGraph net = new ComputationGraph(
                g.addLayer("pooling", new TokenPooling.Builder(TokenPooling.Kind.MEAN).build(), from)
                        .addLayer(
                                "output",
                                new OutputLayer.Builder()
                                        .nOut(ResidualGraphs.CLASSES)
                                        .activation(Activation.SOFTMAX)
                                        .build(),
                                "pooling")
                        .setOutputs("output")
                        .build());
        net.init();
        return net;
    }

    static ComputationGraph row(DataType type, IntFunction<TransformerBlock> make) {
        GraphBuilder g = begin(type);
        return finish(g, blocks(g, "tokens", make));
    }

    /** A row of blocks with these names as a network. */
    static MultiLayerNetwork network(String... names) {
        NeuralNetConfiguration.ListBuilder list =
                ResidualGraphs.global(DataType.DOUBLE).list();
        for (String name : names) {
            list.layer(new TransformerBlock.Builder(2).name(name).mlp(8).build());
        }
        MultiLayerNetwork net =
                new MultiLayerNetwork(list.layer(new TokenPooling.Builder(TokenPooling.Kind.MEAN).build())
                        .layer(new OutputLayer.Builder()
                                .nOut(ResidualGraphs.CLASSES)
                                .activation(Activation.SOFTMAX)
                                .build())
                        .setInputType(InputType.recurrent(FEATURES, TOKENS, RNNFormat.NWC))
                        .build());
        net.init();
        return net;
    }

    /** Identity blocks of convolutions, patches of their output as tokens, and transformer blocks. */
    static ComputationGraph mixed(DataType type) {
        GraphBuilder g = ResidualGraphs.begin(ResidualGraphs.global(type));
        String at = ResidualGraphs.v2(g, "pre1", "stem_conv", 4);
        at = ResidualGraphs.v2(g, "pre2", at, 4);
        g.addLayer("patches", new PatchEmbedding.Builder(2).nOut(FEATURES).build(), at);
        return finish(g, blocks(g, "patches", TransformerChainsTest.Kind.PRE::block));
    }

    /** @param hidden tokens at the end of every example that a mask hides; 0 for no mask */
    static DataSet data(DataType type, int batch, int hidden) {
        INDArray x = Transforms.sin(Nd4j.linspace(DataType.DOUBLE, 0, 9.7, (long) batch * TOKENS * FEATURES))
                .reshape('c', batch, TOKENS, FEATURES)
                .castTo(type);
        INDArray mask = Nd4j.ones(type, batch, TOKENS);
        for (int i = 0; i < batch; i++) {
            for (int t = TOKENS - hidden; t < TOKENS; t++) {
                mask.putScalar(i, t, 0);
            }
        }
        INDArray labels = ResidualGraphs.data(type, batch).getLabels();
        return hidden == 0 ? new DataSet(x, labels) : new DataSet(x, labels, mask, null);
    }
}
