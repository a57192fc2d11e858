package org.revlayers.cuda;

import java.util.Random;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.api.NeuralNetwork;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.common.util.ArrayUtil;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.revlayers.models.VisionTransformer;

/** Batches and short trainings that are the same whatever the backend: nothing comes from ND4J's generator. */
final class Trials {

    private Trials() {}

    /** Normal numbers around 0. */
    static INDArray numbers(Random random, double deviation, long... shape) {
        float[] values = new float[(int) ArrayUtil.prodLong(shape)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (deviation * random.nextGaussian());
        }
        return Nd4j.createFromArray(values).reshape('c', shape);
    }

    /** Square RGB images with labels. */
    static DataSet images(int seed, int batch, int side, int classes) {
        Random random = new Random(seed);
        INDArray images = numbers(random, 1, batch, 3, side, side);
        INDArray labels = Nd4j.zeros(DataType.FLOAT, batch, classes);
        for (int i = 0; i < batch; i++) {
            labels.putScalar(i, random.nextInt(classes), 1);
        }
        return new DataSet(images, labels);
    }

    /** The loss of each of so many steps on one batch. */
    static <N extends Model & NeuralNetwork> double[] losses(N net, DataSet batch, int steps) {
        double[] losses = new double[steps];
        for (int step = 0; step < steps; step++) {
            net.fit(batch);
            losses[step] = net.score();
        }
        return losses;
    }

    /** Says that it is so, or ends the program. */
    static void require(boolean condition, String what) {
        System.out.println((condition ? "ok   " : "FAILED ") + what);
        if (!condition) {
            System.exit(1);
        }
    }

    /** A small transformer for {@link #images} of ten classes. */
    static MultiLayerNetwork vit(int depth, int side) {
        return VisionTransformer.builder()
                .size(VisionTransformer.Size.TI)
                .depth(depth)
                .height(side)
                .width(side)
                .classes(10)
                .seed(3)
                .updater(new Sgd(0.01))
                .build()
                .init();
    }
}
