package org.revlayers.internal.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SeparableConvolution2D;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.revlayers.Lean;
import org.revlayers.keep.Memory;
import org.revlayers.listeners.MemoryListener;

/** The peak of a converted network is its own: DL4J's workspaces, one set per thread, keep the size of whatever ran there before. */
class PeakAfterConversionTest {

    private static final int SIDE = 24;
    private static final int CHANNELS = 16;

    private static MultiLayerNetwork plain() {
        Layer[] layers = new Layer[8];
        for (int i = 0; i < 6; i++) {
            layers[i] = new SeparableConvolution2D.Builder(3, 3)
                    .padding(1, 1)
                    .nOut(CHANNELS)
                    .activation(Activation.IDENTITY)
                    .build();
        }
        layers[6] = new GlobalPoolingLayer(PoolingType.AVG);
        layers[7] =
                new OutputLayer.Builder().nOut(3).activation(Activation.SOFTMAX).build();
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .seed(5)
                .updater(new Sgd(1e-2))
                .list(layers)
                .setInputType(InputType.convolutional(SIDE, SIDE, CHANNELS))
                .build());
        net.init();
        return net;
    }

    private static long peak(MultiLayerNetwork net) {
        DataSet data = new DataSet(Nd4j.rand(DataType.FLOAT, 3, CHANNELS, SIDE, SIDE), Nd4j.eye(3));
        MemoryListener memory = new MemoryListener();
        net.setListeners(memory);
        for (int step = 0; step < 3; step++) {
            net.fit(data);
        }
        return memory.report().peakBytes();
    }

    private static <T> T onItsOwn(Callable<T> work) throws Exception {
        FutureTask<T> task = new FutureTask<>(work);
        Thread thread = new Thread(task);
        thread.start();
        return task.get();
    }

    private static MultiLayerNetwork razor(MultiLayerNetwork plain) {
        return Lean.convert(plain, Memory.razor(0.9)).network();
    }

    @Test
    void isTheSameWhateverRanInTheThreadBefore() throws Exception {
        long alone = onItsOwn(() -> peak(razor(plain())));
        long[] both = onItsOwn(() -> {
            MultiLayerNetwork plain = plain();
            return new long[] {peak(plain), peak(razor(plain))};
        });
        assertTrue(alone < both[0], "razor alone " + alone + ", plain " + both[0]);
        assertEquals(alone, both[1], 0.05 * alone, "razor behind plain, which took " + both[0]);
    }

    @Test
    void theSameOfAListenerAlone() throws Exception {
        long[] peaks = onItsOwn(() -> {
            MultiLayerNetwork plain = plain();
            MultiLayerNetwork razor = razor(plain);
            long before = peak(razor);
            peak(plain);
            return new long[] {before, peak(razor)};
        });
        assertEquals(peaks[0], peaks[1], 0.05 * peaks[0], "behind the plain network");
    }
}
