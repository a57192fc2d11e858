package org.revlayers.examples.finetune;

import java.util.List;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.revlayers.examples.data.BatchIterator;
import org.revlayers.keep.Memory;
import org.revlayers.layers.TokenPooling;
import org.revlayers.layers.TransformerBlock;

/** Random tokens of two classes. */
final class ToyTask implements Task {

    private static final int TOKENS = 3;
    private static final int FEATURES = 8;

    private final INDArray features = Transforms.sin(Nd4j.linspace(DataType.FLOAT, 0, 0.7, 22 * TOKENS * FEATURES))
            .reshape('c', 22, TOKENS, FEATURES);
    private final int[] labels = IntStream.range(0, 22).map(i -> i % 2).toArray();

    @Override
    public String describe() {
        return "toy";
    }

    @Override
    public BatchIterator train(long seed) {
        return new FeatureIterator(features, labels, List.of("a", "b"), 4, seed);
    }

    @Override
    public BatchIterator test() {
        return new FeatureIterator(features, labels, List.of("a", "b"), 4, null);
    }

    @Override
    public MultiLayerNetwork network(Memory memory, WarmUpSchedule rate, long seed) {
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .seed(seed)
                .updater(new Adam(rate))
                .list()
                .layer(new TransformerBlock.Builder(2)
                        .mlp(16)
                        .memory(memory)
                        .dropPath(0.3)
                        .build())
                .layer(new TransformerBlock.Builder(2)
                        .mlp(16)
                        .memory(memory)
                        .dropPath(0.3)
                        .build())
                .layer(new TokenPooling.Builder(TokenPooling.Kind.MEAN).build())
                .layer(new OutputLayer.Builder()
                        .nOut(2)
                        .activation(Activation.SOFTMAX)
                        .build())
                .setInputType(InputType.recurrent(FEATURES, TOKENS, RNNFormat.NWC))
                .build());
        net.init();
        return net;
    }

    @Override
    public double learningRate() {
        return 1e-2;
    }
}
