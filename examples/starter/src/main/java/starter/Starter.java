package starter;

import java.util.Random;
import org.deeplearning4j.datasets.iterator.utilty.ListDataSetIterator;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.revlayers.Lean;
import org.revlayers.convert.Conversion;
import org.revlayers.keep.Memory;
import org.revlayers.listeners.MemoryListener;

/** Tells two rings apart with a deep network, which is converted to keep less for its backward pass. */
public final class Starter {

    private Starter() {}

    public static void main(String[] args) {
        DataSet data = rings(512);
        MultiLayerNetwork plain = network();
        Conversion<MultiLayerNetwork> lean = Lean.convert(plain, Memory.checkpoint());
        System.out.println(lean.report());

        double difference = plain.output(data.getFeatures()).sub(lean.network().output(data.getFeatures())).amaxNumber().doubleValue();
        require(difference < 1e-5, "the converted network computes something else: " + difference);

        long before = kept(plain.clone(), data);
        long after = kept(lean.network(), data);
        require(after < before / 2, "the converted network keeps " + after + " bytes, and plain " + before);

        lean.network().fit(new ListDataSetIterator<>(data.asList(), 64), 30);
        double accuracy = lean.network().evaluate(new ListDataSetIterator<>(data.asList(), 64)).accuracy();
        require(accuracy > 0.95, "accuracy " + accuracy);
        System.out.printf("kept for backward: %,d bytes, plain %,d; accuracy %.3f%n", after, before, accuracy);
    }

    private static MultiLayerNetwork network() {
        var layers = new NeuralNetConfiguration.Builder().seed(7).updater(new Adam(3e-3)).activation(Activation.TANH).list();
        layers.layer(new DenseLayer.Builder().nIn(2).nOut(64).build());
        for (int i = 0; i < 9; i++) {
            layers.layer(new DenseLayer.Builder().nIn(64).nOut(64).build());
        }
        layers.layer(new OutputLayer.Builder().nIn(64).nOut(2).activation(Activation.SOFTMAX).build());
        MultiLayerNetwork net = new MultiLayerNetwork(layers.build());
        net.init();
        return net;
    }

    /** One step of training, and what it kept between forward and backward. */
    private static long kept(MultiLayerNetwork net, DataSet data) {
        MemoryListener memory = new MemoryListener();
        net.addListeners(memory);
        net.fit(data);
        System.out.println(memory.report());
        return memory.report().keptBytes();
    }

    private static DataSet rings(int count) {
        Random random = new Random(1);
        INDArray features = Nd4j.create(count, 2);
        INDArray labels = Nd4j.create(count, 2);
        for (int i = 0; i < count; i++) {
            double radius = 1 + i % 2 + 0.1 * random.nextGaussian();
            double angle = 2 * Math.PI * random.nextDouble();
            features.putScalar(i, 0, radius * Math.cos(angle));
            features.putScalar(i, 1, radius * Math.sin(angle));
            labels.putScalar(i, i % 2, 1);
        }
        return new DataSet(features, labels);
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalStateException(otherwise);
        }
    }
}
