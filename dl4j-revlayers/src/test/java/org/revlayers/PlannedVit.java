package org.revlayers;

import static org.junit.jupiter.api.Assertions.assertThrows;

import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.revlayers.keep.Memory;
import org.revlayers.listeners.MemoryListener;
import org.revlayers.models.VisionTransformer;

/** Small vision transformers to plan for, and batches for them. */
final class PlannedVit {

    private PlannedVit() {}

    /** Four blocks of 32 features. */
    static MultiLayerNetwork small(Memory memory) {
        return of(memory, 32, 4, 64, 32);
    }

    /** @param mlp hidden features */
    static MultiLayerNetwork of(Memory memory, int features, int depth, int mlp, int side) {
        return VisionTransformer.builder()
                .memory(memory)
                .features(features)
                .depth(depth)
                .heads(2)
                .mlp(mlp)
                .height(side)
                .width(side)
                .patch(8)
                .classes(3)
                .updater(new Sgd(0.1))
                .build()
                .init();
    }

    static DataSet images(int batch, int side) {
        INDArray x = Nd4j.randn(Nd4j.getRandomFactory().getNewRandomInstance(3), new long[] {batch, 3, side, side});
        INDArray y = Nd4j.zeros(DataType.FLOAT, batch, 3);
        for (int i = 0; i < batch; i++) {
            y.putScalar(i, i % 3, 1);
        }
        return new DataSet(x, y);
    }

    /** The peak of steps with workspaces that have their sizes. */
    static long measured(MultiLayerNetwork net) {
        return measured(net, images(4, 32));
    }

    /** The same on other data. */
    static long measured(MultiLayerNetwork net, DataSet data) {
        for (int i = 0; i < 10; i++) {
            net.fit(data);
        }
        MemoryListener memory = new MemoryListener();
        net.addListeners(memory);
        for (int i = 0; i < 10; i++) {
            net.fit(data);
        }
        return memory.report().peakBytes();
    }

    static String refused(Runnable call) {
        return assertThrows(IllegalArgumentException.class, call::run).getMessage();
    }
}
