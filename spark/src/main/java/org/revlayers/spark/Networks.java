package org.revlayers.spark;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.revlayers.layers.TokenPooling;
import org.revlayers.layers.TransformerBlock;

/** Small plain networks to convert, and batches for them: which of {@value #CLASSES} directions the mean of a row of tokens, or a row, points to. */
final class Networks {

    static final int CLASSES = 3;
    static final int TOKENS = 6;
    static final int FEATURES = 16;

    private Networks() {}

    /** A list: transformer blocks on tokens. */
    static MultiLayerNetwork list(int blocks) {
        NeuralNetConfiguration.ListBuilder list = new NeuralNetConfiguration.Builder()
                .seed(7)
                .updater(new Adam(3e-3))
                .list();
        for (int i = 0; i < blocks; i++) {
            list.layer(new TransformerBlock.Builder(2)
                    .mlp(2 * FEATURES)
                    .name("block" + i)
                    .build());
        }
        MultiLayerNetwork net =
                new MultiLayerNetwork(list.layer(new TokenPooling.Builder(TokenPooling.Kind.MEAN).build())
                        .layer(output())
                        .setInputType(InputType.recurrent(FEATURES, TOKENS, RNNFormat.NWC))
                        .build());
        net.init();
        return net;
    }

    /** A graph of stock layers: residual blocks. */
    static ComputationGraph graph(int blocks) {
        ComputationGraphConfiguration.GraphBuilder graph = new NeuralNetConfiguration.Builder()
                .seed(7)
                .updater(new Adam(3e-3))
                .graphBuilder()
                .addInputs("in");
        String last = "in";
        for (int i = 0; i < blocks; i++) {
            graph.addLayer("dense" + i, dense(), last)
                    .addVertex("sum" + i, new ElementWiseVertex(ElementWiseVertex.Op.Add), last, "dense" + i);
            last = "sum" + i;
        }
        ComputationGraph net = new ComputationGraph(graph.addLayer("out", output(), last)
                .setOutputs("out")
                .setInputTypes(InputType.feedForward(FEATURES))
                .build());
        net.init();
        return net;
    }

    private static DenseLayer dense() {
        return new DenseLayer.Builder()
                .nOut(FEATURES)
                .activation(Activation.TANH)
                .build();
    }

    private static OutputLayer output() {
        return new OutputLayer.Builder()
                .nOut(CLASSES)
                .activation(Activation.SOFTMAX)
                .build();
    }

    /** Batches, the same ones for the same seed. */
    static List<DataSet> batches(int count, int size, boolean tokens, long seed) {
        Random random = new Random(seed);
        List<DataSet> batches = new ArrayList<>();
        int length = tokens ? TOKENS : 1;
        for (int b = 0; b < count; b++) {
            float[] x = new float[size * length * FEATURES];
            float[] y = new float[size * CLASSES];
            for (int i = 0; i < size; i++) {
                int label = random.nextInt(CLASSES);
                y[i * CLASSES + label] = 1;
                for (int j = 0; j < length * FEATURES; j++) {
                    x[i * length * FEATURES + j] =
                            (float) random.nextGaussian() + (j % FEATURES % CLASSES == label ? 0.5f : 0);
                }
            }
            batches.add(new DataSet(
                    tokens
                            ? Nd4j.createFromArray(x).reshape(size, TOKENS, FEATURES)
                            : Nd4j.createFromArray(x).reshape(size, FEATURES),
                    Nd4j.createFromArray(y).reshape(size, CLASSES)));
        }
        return batches;
    }
}
