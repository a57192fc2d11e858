package org.revlayers.examples.finetune;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.learning.config.Adam;
import org.revlayers.examples.data.BatchIterator;
import org.revlayers.examples.data.ImageFolder;
import org.revlayers.examples.data.ImageIterator;
import org.revlayers.examples.data.Normalisation;
import org.revlayers.examples.shared.UsageException;
import org.revlayers.keep.Memory;
import org.revlayers.models.Pretrained;
import org.revlayers.weights.TensorSource;

/** The user's own ViT from a safetensors file on the user's own images, one folder per class; a fifth of them for the test. */
final class VitTask implements Task {

    private static final double TEST_SHARE = 0.2;

    private final TensorSource weights;
    private final FinetuneOptions options;
    private final ImageFolder images;
    private final List<String> warnings = new ArrayList<>();

    /** By number in the folder. */
    private final Items items;

    VitTask(FinetuneOptions options) throws IOException {
        this.options = options;
        weights = TensorSource.open(options.weights);
        images = new ImageFolder(Path.of(options.data));
        List<Path> broken = images.broken();
        if (!broken.isEmpty() && !options.skipBroken) {
            throw new IOException(broken.size() + " broken images: " + broken
                    + ": remove them, or leave them out with --skip-broken");
        }
        broken.forEach(file -> warnings.add("warning: left out, for it cannot be read: " + file));
        images.leaveOut(broken);
        int[][] split = images.split(TEST_SHARE, FinetuneOptions.ITEMS_SEED);
        if (split[1].length == 0) {
            throw new IOException(
                    options.data + " has too few images to keep a fifth for the test: at least 3 in a class");
        }
        require("--train-items", options.allItems, options.trainItems, split[0].length);
        Items chosen = Items.of(split[0].length, split[1].length, FinetuneOptions.ITEMS_SEED, options);
        int left = options.validate ? split[0].length - chosen.train().length : split[1].length;
        require("--test-items", options.allTestItems && left > 0, options.testItems, left);
        patches();
        items = new Items(
                of(split[0], chosen.train()),
                of(split[options.validate ? 0 : 1], chosen.test()),
                chosen.ofTrainingSet());
    }

    private static void require(String option, boolean allDo, int wanted, int there) {
        if (!allDo && wanted > there) {
            throw new UsageException(
                    option + " " + wanted + " is more than the " + there + " images that the folder has for it");
        }
    }

    /** Throws unless images of this size are made of whole patches. */
    private void patches() throws IOException {
        for (String name : weights.names()) {
            long[] shape = weights.info(name).shape();
            if (name.contains("patch_embed") && shape.length == 4 && options.size % shape[3] != 0) {
                throw new UsageException(
                        "--size is a multiple of the patch of " + shape[3] + " pixels, not " + options.size);
            }
        }
    }

    /** Of all classes: the items come class by class. */
    private static int[] of(int[] items, int[] chosen) {
        return IntStream.of(chosen).map(i -> items[i]).toArray();
    }

    @Override
    public String describe() {
        return "ViT " + options.weights.getFileName() + " on " + options.data + " ("
                + images.classes().size()
                + " classes), " + items.describe("images") + " at " + options.size + " px";
    }

    @Override
    public BatchIterator train(long seed) {
        return new ImageIterator(images, items.train(), options.batch, options.size, Normalisation.HALF, seed);
    }

    @Override
    public BatchIterator test() {
        return new ImageIterator(images, items.test(), options.batch, options.size, Normalisation.HALF, null);
    }

    @Override
    public MultiLayerNetwork network(Memory memory, WarmUpSchedule rate, long seed) throws IOException {
        return Pretrained.vit(weights, images.classes().size(), options.size, memory, new Adam(rate), seed);
    }

    @Override
    public List<String> warnings() {
        return List.copyOf(warnings);
    }

    @Override
    public double learningRate() {
        return 2e-5;
    }
}
