package org.revlayers.examples.finetune;

import java.io.IOException;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.learning.config.IUpdater;
import org.revlayers.examples.data.BatchIterator;
import org.revlayers.examples.data.Cifar10;
import org.revlayers.examples.data.ImageIterator;
import org.revlayers.examples.data.LabelledImages;
import org.revlayers.examples.data.Normalisation;
import org.revlayers.examples.data.Shuffle;
import org.revlayers.fetch.Artifacts;
import org.revlayers.fetch.Fetch;
import org.revlayers.layers.Method;
import org.revlayers.models.Pretrained;
import org.revlayers.models.ResNet50;
import org.revlayers.weights.TensorSource;

/** ResNet-50 with ImageNet weights, a graph of stock layers, on CIFAR-10. All of it is fine-tuned, with a fresh head. */
final class ResNet50Task implements Task {

    private final TensorSource weights;
    private final FinetuneOptions options;
    private final LabelledImages train;
    private final LabelledImages test;
    private final int[] trainItems;
    private final int[] testItems;

    ResNet50Task(Fetch fetch, FinetuneOptions options) throws IOException {
        this.options = options;
        weights = TensorSource.open(fetch.file(Artifacts.RESNET50, "ResNet50/model.json"));
        train = Cifar10.load(fetch, true);
        test = Cifar10.load(fetch, false);
        trainItems = Shuffle.subset(train.size(), Math.min(options.trainItems, train.size()), options.seed);
        testItems = Shuffle.subset(test.size(), Math.min(options.testItems, test.size()), 0);
    }

    @Override
    public String describe() {
        return "ResNet-50 on CIFAR-10 at " + options.size + " px, " + trainItems.length + " training and "
                + testItems.length + " test images";
    }

    @Override
    public BatchIterator train(long seed) {
        return images(train, trainItems, seed);
    }

    @Override
    public BatchIterator test() {
        return images(test, testItems, null);
    }

    private BatchIterator images(LabelledImages images, int[] items, Long seed) {
        BatchIterator batches = new ImageIterator(images, items, options.batch, options.size, Normalisation.NONE, seed);
        batches.setPreProcessor(batch -> batch.setFeatures(ResNet50.preprocess(batch.getFeatures())));
        return batches;
    }

    @Override
    public boolean hasStockLayers() {
        return true;
    }

    @Override
    public ComputationGraph network(Method method, IUpdater updater, long seed) throws IOException {
        return Pretrained.resNet50(weights, Cifar10.CLASSES.size(), updater, seed);
    }

    @Override
    public double learningRate() {
        return 1e-4;
    }
}
