package org.revlayers.examples.finetune;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.Adam;
import org.revlayers.examples.data.BatchIterator;
import org.revlayers.examples.data.Cifar10;
import org.revlayers.examples.data.ImageIterator;
import org.revlayers.examples.data.LabelledImages;
import org.revlayers.examples.data.Normalisation;
import org.revlayers.examples.shared.Progress;
import org.revlayers.internal.fetch.Artifacts;
import org.revlayers.internal.fetch.Fetch;
import org.revlayers.keep.Memory;
import org.revlayers.models.HieraTinyFeatures;
import org.revlayers.models.Pretrained;
import org.revlayers.weights.TensorSource;

/**
 * Hiera-Tiny on CIFAR-10: the stem and blocks 0 to 3 are frozen and run once over all images; blocks 4 to 9, six plain ViT blocks, are
 * fine-tuned on their output with a fresh head.
 */
final class HieraTask implements Task {

    private static final int FEATURE_BATCH = 8;

    private final Fetch fetch;
    private final TensorSource weights;
    private final FinetuneOptions options;
    private final Items items;
    private final List<String> classes = Cifar10.CLASSES;
    private FrozenFeatures train;
    private FrozenFeatures test;

    HieraTask(Fetch fetch, FinetuneOptions options) throws IOException {
        this.fetch = fetch;
        this.options = options;
        this.weights = TensorSource.open(
                fetch.file(Artifacts.HIERA_TINY, "dist/sam2_hiera_tiny_encoder.with_runtime_opt.ort"));
        fetch.get(Artifacts.CIFAR10);
        this.items = Items.of(options.model.mostTrainItems(), options.model.mostTestItems(), 0, options);
    }

    @Override
    public boolean isPrepared() {
        return true;
    }

    @Override
    public void prepare() throws IOException {
        frozen(true);
        frozen(false);
    }

    /** Of the training or the test images, from the file if it has been written. */
    private FrozenFeatures frozen(boolean training) throws IOException {
        String of = training ? "training" : options.validate ? "validation" : "test";
        int[] items = training ? this.items.train() : this.items.test();
        Path file = options.out.resolve("features-" + of + ".bin");
        String content =
                "Hiera-Tiny stages on CIFAR-10, " + items.length + " " + of + " images at " + options.size + " px";
        if (FrozenFeatures.isIn(file, content)) {
            return FrozenFeatures.read(file);
        }
        LabelledImages images = Cifar10.load(fetch, training || options.validate);
        FrozenFeatures features = new FrozenFeatures(
                features(HieraTinyFeatures.load(weights), images, items, "frozen stages, " + of + " images"),
                IntStream.of(items).map(images::label).toArray());
        features.write(file, content);
        return features;
    }

    private INDArray features(HieraTinyFeatures stem, LabelledImages images, int[] items, String what) {
        INDArray all = null;
        ImageIterator batches =
                new ImageIterator(images, items, FEATURE_BATCH, options.size, Normalisation.IMAGENET, null);
        try (Progress progress = Progress.of(what, items.length)) {
            for (long at = 0; batches.hasNext(); ) {
                DataSet batch = batches.next();
                INDArray f = stem.forward(batch.getFeatures());
                if (all == null) {
                    all = Nd4j.createUninitialized(
                            DataType.FLOAT, new long[] {items.length, f.size(1), f.size(2)}, 'c');
                }
                all.get(NDArrayIndex.interval(at, at + f.size(0)), NDArrayIndex.all(), NDArrayIndex.all())
                        .assign(f);
                at += f.size(0);
                progress.to(at);
                f.close();
                batch.getFeatures().close();
            }
        }
        return all;
    }

    @Override
    public String describe() {
        return Cifar10.trained("Hiera-Tiny blocks 4-9", options.size, items.describe("images"));
    }

    @Override
    public BatchIterator train(long seed) throws IOException {
        train = train != null ? train : frozen(true);
        return batches(train, seed);
    }

    @Override
    public BatchIterator test() throws IOException {
        test = test != null ? test : frozen(false);
        return batches(test, null);
    }

    private BatchIterator batches(FrozenFeatures features, Long seed) {
        return new FeatureIterator(features.values(), features.labels(), classes, options.batch, seed);
    }

    @Override
    public MultiLayerNetwork network(Memory memory, WarmUpSchedule rate, long seed) throws IOException {
        return Pretrained.hieraTiny(weights, classes.size(), memory, new Adam(rate), seed);
    }

    @Override
    public double learningRate() {
        return 3e-4;
    }
}
