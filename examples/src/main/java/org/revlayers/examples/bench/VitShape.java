package org.revlayers.examples.bench;

import java.util.Set;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.learning.config.Sgd;
import org.revlayers.examples.shared.Conversion;
import org.revlayers.examples.shared.TrainingMethod;
import org.revlayers.examples.shared.UsageException;
import org.revlayers.models.VisionTransformer;

/**
 * A ViT with 16-pixel patches and a class token.
 *
 * @param size  widths and heads
 * @param depth blocks
 * @param image side of the square RGB image in pixels
 * @param batch images in a step
 */
record VitShape(VisionTransformer.Size size, int depth, int image, int batch) implements BenchModel {

    static final int PATCH = 16;

    VitShape {
        UsageException.unless(depth > 0, "--depth has to be at least 1; got " + depth);
        UsageException.unless(batch > 0, "--batch has to be at least 1; got " + batch);
        UsageException.unless(
                image > 0 && image % PATCH == 0, "--size has to be a multiple of " + PATCH + "; got " + image);
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

    @Override
    public Set<String> peers() {
        return Peers.OF_VITS;
    }

    @Override
    public void check(BenchMethod method) {
        BenchModel.super.check(method);
        UsageException.unless(
                method.ours() == null || !method.ours().isForConvolutions(),
                method.label()
                        + " is for batch normalisation, which a vision transformer has none of: use half or int8, say");
        UsageException.unless(
                depth > 1 || method.ours() == null || !method.ours().chains(),
                "--depth has to be at least 2 for " + method.label()
                        + ", which makes chains of two or more blocks; got " + depth);
    }

    @Override
    public Contestant contestant(BenchMethod method, Conversion conversion) {
        if (method.ours() != null) {
            return NetworkContestant.of(conversion.of(network(method.ours()), this::data), data());
        }
        return method.isStockSameDiff()
                ? new SameDiffContestant(this)
                : NetworkContestant.of(StockDl4jVit.build(this, new Sgd(NetworkContestant.LEARNING_RATE)), data());
    }

    private MultiLayerNetwork network(TrainingMethod method) {
        return VisionTransformer.builder()
                .size(size)
                .depth(depth)
                .height(image)
                .width(image)
                .classes(CLASSES)
                .memory(method.base())
                .updater(new Sgd(NetworkContestant.LEARNING_RATE))
                .build()
                .init();
    }
}
