package org.revlayers.examples.finetune;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.revlayers.examples.TrainingMethod;
import org.revlayers.examples.data.BatchIterator;
import org.revlayers.layers.Method;
import org.revlayers.layers.TokenPooling;
import org.revlayers.layers.TransformerBlock;

/** A run that was stopped and resumed ends with the same bits as one that was not. */
class ResumeTest {

    private static final int TOKENS = 3;
    private static final int FEATURES = 8;

    /** Random tokens of two classes. */
    private static final class Toy implements Task {
        private final INDArray features = Transforms.sin(Nd4j.linspace(DataType.FLOAT, 0, 0.7, 22 * TOKENS * FEATURES))
                .reshape('c', 22, TOKENS, FEATURES);
        private final int[] labels = IntStream.range(0, 22).map(i -> i % 2).toArray();

        @Override
        public String describe() {
            return "toy";
        }

        @Override
        public BatchIterator train(long seed) {
            return new FeatureIterator(features, labels, java.util.List.of("a", "b"), 4, seed);
        }

        @Override
        public BatchIterator test() {
            return new FeatureIterator(features, labels, java.util.List.of("a", "b"), 4, null);
        }

        @Override
        public MultiLayerNetwork network(Method method, WarmUpSchedule rate, long seed) {
            MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                    .seed(seed)
                    .updater(new Adam(rate))
                    .list()
                    .layer(new TransformerBlock.Builder(2)
                            .mlp(16)
                            .method(method)
                            .dropPath(0.3)
                            .build())
                    .layer(new TransformerBlock.Builder(2)
                            .mlp(16)
                            .method(method)
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

    @ParameterizedTest
    @EnumSource(names = {"APPROX", "REVERSIBLE", "RAZOR"})
    void resumedRunEndsWithTheSameBits(TrainingMethod method, @TempDir Path whole, @TempDir Path halves)
            throws IOException {
        Task task = new Toy();
        FinetuneOptions options = new FinetuneOptions();
        options.batch = 4;
        options.epochs = 3;
        options.adaptive = 3; // for the razor
        options.methods = java.util.List.of(method);
        options.out = whole;
        new FineTuner(task, options).run();
        INDArray expected = new Checkpoint(whole).load(method).model().params();

        // Eight steps by hand, then a checkpoint, as Ctrl-C leaves one in the middle of the second epoch.
        Trainee net = new FineTuner(task, options).start(method, 18);
        new FineTuner(task, options).listen(net, method);
        BatchIterator batches = task.train(options.seed);
        for (int step = 0; step < 8; step++) {
            if (step == 6) {
                batches.reset();
            }
            DataSet batch = batches.next();
            net.fit(batch);
        }
        new Checkpoint(halves).save(method, net);
        options.out = halves;
        options.resume = true;
        new FineTuner(task, options).run();
        INDArray resumed = new Checkpoint(halves).load(method).model().params();
        assertEquals(expected, resumed);
        assertEquals(0.0, expected.sub(resumed).amaxNumber().doubleValue());
    }
}
