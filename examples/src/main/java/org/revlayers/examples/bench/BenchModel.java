package org.revlayers.examples.bench;

import java.util.Set;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.rng.Random;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.examples.shared.Conversion;
import org.revlayers.examples.shared.UsageException;

/** A model of some size and its data: what all methods of a comparison share. Square RGB images and a 1000-class head, if not said otherwise; random weights. */
interface BenchModel {

    int CHANNELS = 3;
    int CLASSES = 1000;
    long DATA_SEED = 20240607;

    /** Residual blocks. */
    int depth();

    /** Side of the images in pixels; tokens of a text. */
    int image();

    /** Images in a step. */
    int batch();

    /** Methods of PyTorch that there are for it. */
    Set<String> peers();

    /**
     * Refuses a method that the model cannot be trained by.
     *
     * @throws IllegalArgumentException that names those that it can
     */
    default void check(BenchMethod method) {
        UsageException.unless(
                !method.isPeer() || peers().contains(method.label()),
                method.label() + " is not for this model; of PyTorch it has " + String.join(", ", peers()));
    }

    /** @param conversion what becomes of the network; null for a stock one */
    Contestant contestant(BenchMethod method, Conversion conversion);

    /** Random images and labels, the same for every contestant. */
    default DataSet data() {
        Random random = Nd4j.getRandomFactory().getNewRandomInstance(DATA_SEED);
        INDArray images = Nd4j.randn(random, batch(), CHANNELS, image(), image());
        INDArray labels = Nd4j.zeros(DataType.FLOAT, batch(), CLASSES);
        for (int i = 0; i < batch(); i++) {
            labels.putScalar(i, random.nextInt(CLASSES), 1);
        }
        return new DataSet(images, labels);
    }
}
