package org.revlayers.examples.bench;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.rng.Random;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.models.VisionTransformer;

/**
 * The sizes that all contestants share: a ViT with 16-pixel patches, a class token and a 1000-class head.
 *
 * @param size  widths and heads
 * @param depth blocks
 * @param image side of the square RGB image in pixels
 * @param batch images in a step
 */
record VitShape(VisionTransformer.Size size, int depth, int image, int batch) {

    static final int PATCH = 16;
    static final int CHANNELS = 3;
    static final int CLASSES = 1000;
    private static final long DATA_SEED = 20240607;

    VitShape {
        require(depth > 0, "--depth has to be at least 1", depth);
        require(batch > 0, "--batch has to be at least 1", batch);
        require(image > 0 && image % PATCH == 0, "--size has to be a multiple of " + PATCH, image);
    }

    private static void require(boolean holds, String invariant, int value) {
        if (!holds) {
            throw new IllegalArgumentException(invariant + "; got " + value);
        }
    }

    int features() {
        return size.getFeatures();
    }

    int heads() {
        return size.getHeads();
    }

    /** Patches along one side. */
    int grid() {
        return image / PATCH;
    }

    /** Patches and the class token. */
    int tokens() {
        return grid() * grid() + 1;
    }

    int patchLength() {
        return CHANNELS * PATCH * PATCH;
    }

    /** Random images and labels, the same for every contestant. */
    DataSet data() {
        Random random = Nd4j.getRandomFactory().getNewRandomInstance(DATA_SEED);
        INDArray images = Nd4j.randn(random, batch, CHANNELS, image, image);
        INDArray labels = Nd4j.zeros(DataType.FLOAT, batch, CLASSES);
        for (int i = 0; i < batch; i++) {
            labels.putScalar(i, random.nextInt(CLASSES), 1);
        }
        return new DataSet(images, labels);
    }
}
