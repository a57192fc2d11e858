package org.revlayers.examples.finetune;

import java.io.IOException;
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
import org.revlayers.examples.data.Shuffle;
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

    private final TensorSource weights;
    private final FinetuneOptions options;
    private final List<String> classes = Cifar10.CLASSES;
    private final INDArray trainFeatures;
    private final int[] trainLabels;
    private final INDArray testFeatures;
    private final int[] testLabels;

    HieraTask(Fetch fetch, FinetuneOptions options) throws IOException {
        this.options = options;
        this.weights = TensorSource.open(
                fetch.file(Artifacts.HIERA_TINY, "dist/sam2_hiera_tiny_encoder.with_runtime_opt.ort"));
        LabelledImages train = Cifar10.load(fetch, true);
        LabelledImages test = Cifar10.load(fetch, false);
        int[] trainItems = Shuffle.subset(train.size(), options.trainItems, FinetuneOptions.ITEMS_SEED);
        int[] testItems = Shuffle.subset(test.size(), options.testItems, 0);
        trainLabels = IntStream.of(trainItems).map(train::label).toArray();
        testLabels = IntStream.of(testItems).map(test::label).toArray();
        HieraTinyFeatures stem = HieraTinyFeatures.load(weights);
        trainFeatures = features(stem, train, trainItems, "frozen stages, training images");
        testFeatures = features(stem, test, testItems, "frozen stages, test images");
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
        return Cifar10.trained("Hiera-Tiny blocks 4-9", options.size, trainLabels.length, testLabels.length);
    }

    @Override
    public BatchIterator train(long seed) {
        return new FeatureIterator(trainFeatures, trainLabels, classes, options.batch, seed);
    }

    @Override
    public BatchIterator test() {
        return new FeatureIterator(testFeatures, testLabels, classes, options.batch, null);
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
