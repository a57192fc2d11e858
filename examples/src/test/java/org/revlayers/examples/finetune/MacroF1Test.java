package org.revlayers.examples.finetune;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.revlayers.examples.data.BatchIterator;
import org.revlayers.examples.shared.TrainingMethod;
import org.revlayers.keep.Memory;
import org.revlayers.layers.TokenPooling;

/** Macro-F1 is the mean over the classes of 2 TP / (2 TP + FP + FN); a class that is never predicted counts as 0. */
class MacroF1Test {

    /** Item i is of class labels[i]; the network's answer is answers[i]: features are one-hot, weights the identity, nothing is learned. */
    private record Answers(int classes, int[] labels, int[] answers) implements Task {
        @Override
        public String describe() {
            return "answers";
        }

        @Override
        public BatchIterator train(long seed) {
            return items(seed);
        }

        @Override
        public BatchIterator test() {
            return items(null);
        }

        private BatchIterator items(Long seed) {
            INDArray features = Nd4j.zeros(DataType.FLOAT, labels.length, 1, classes);
            for (int i = 0; i < labels.length; i++) {
                features.putScalar(new long[] {i, 0, answers[i]}, 1);
            }
            List<String> names =
                    IntStream.range(0, classes).mapToObj(Integer::toString).toList();
            return new FeatureIterator(features, labels, names, 4, seed);
        }

        @Override
        public MultiLayerNetwork network(Memory memory, WarmUpSchedule rate, long seed) {
            MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                    .updater(new Sgd(0))
                    .list()
                    .layer(new TokenPooling.Builder(TokenPooling.Kind.MEAN).build())
                    .layer(new OutputLayer.Builder()
                            .nOut(classes)
                            .activation(Activation.SOFTMAX)
                            .build())
                    .setInputType(InputType.recurrent(classes, 1, RNNFormat.NWC))
                    .build());
            net.init();
            net.setParam("1_W", Nd4j.eye(classes).castTo(DataType.FLOAT));
            return net;
        }

        @Override
        public double learningRate() {
            return 1;
        }
    }

    private static Result result(Path out, int classes, int[] labels, int[] answers) throws IOException {
        FinetuneOptions options = new FinetuneOptions();
        options.batch = 4;
        options.epochs = 1;
        options.methods = List.of(TrainingMethod.PLAIN);
        options.out = out;
        return new FineTuner(new Answers(classes, labels, answers), options)
                .run()
                .get(0);
    }

    @Test
    void aClassThatIsNeverPredictedCounts(@TempDir Path out) throws IOException {
        int[] labels = IntStream.range(0, 40).map(i -> i % 10).toArray();
        Result always =
                result(out, 10, labels, IntStream.generate(() -> 3).limit(40).toArray());
        assertEquals(0.1, always.accuracy(), 1e-12);
        // class 3: TP 4, FP 36, FN 0; the other nine: 0
        assertEquals(8.0 / 44 / 10, always.macroF1(), 1e-12);
    }

    @Test
    void bothOfTwoClassesCount(@TempDir Path out) throws IOException {
        int[] labels = {0, 0, 1, 1, 0, 0, 1, 1};
        Result zeros = result(out, 2, labels, new int[8]);
        assertEquals(0.5, zeros.accuracy(), 1e-12);
        // class 0: TP 4, FP 4, FN 0
        assertEquals(8.0 / 12 / 2, zeros.macroF1(), 1e-12);
        Result mixed = result(out, 2, labels, new int[] {0, 0, 1, 0, 0, 1, 1, 0});
        // class 0: TP 3, FP 2, FN 1; class 1: TP 2, FP 1, FN 2
        assertEquals((6.0 / 9 + 4.0 / 7) / 2, mixed.macroF1(), 1e-12);
    }

    /** As scikit-learn: the mean goes over the classes that occur in labels or answers. */
    @Test
    void aClassThatOccursNowhereDoesNotCount(@TempDir Path out) throws IOException {
        int[] labels = {0, 0, 1, 1, 2, 2, 0, 1};
        Result right = result(out, 4, labels, labels);
        assertEquals(1, right.macroF1(), 1e-12);
        Result wrong = result(out, 4, labels, new int[] {0, 0, 1, 1, 3, 3, 0, 1});
        assertEquals(2.0 / 4, wrong.macroF1(), 1e-12);
    }
}
