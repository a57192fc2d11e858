package org.revlayers.examples.finetune;

import java.io.IOException;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.learning.config.Adam;
import org.revlayers.examples.data.BatchIterator;
import org.revlayers.examples.data.Cifar10;
import org.revlayers.examples.data.ImageIterator;
import org.revlayers.examples.data.LabelledImages;
import org.revlayers.examples.data.Normalisation;
import org.revlayers.internal.fetch.Artifacts;
import org.revlayers.internal.fetch.Fetch;
import org.revlayers.keep.Memory;
import org.revlayers.models.Pretrained;
import org.revlayers.models.ResNet50;
import org.revlayers.weights.TensorSource;

/**
 * ResNet-50 with ImageNet weights, a graph of stock layers, on CIFAR-10. All of it is fine-tuned, with a fresh head.
 * All methods, the plain one too, run the layers on this library's hosts: DL4J's own take many times as long, and the
 * methods are to be compared by what they keep and learn.
 *
 * <p>Batch normalisation goes by the statistics of the batch: those of ImageNet at 224 px, held fixed, are not those of small images, and
 * not those of a chain whose coefficients move. The running ones, for the test, follow within tens of steps. The head starts at zero and
 * learns faster than the rest, so that its first random guesses do not spoil what the layers before it know.
 */
final class ResNet50Task implements Task {

    /** Share of the running statistics that a step keeps; 0.99 would end a short training with much of ImageNet's. */
    private static final double NORM_DECAY = 0.9;

    /** How many times the rate of the pretrained layers the head has. */
    private static final double HEAD_RATE = 10;

    private final TensorSource weights;
    private final FinetuneOptions options;
    private final LabelledImages train;
    private final LabelledImages test;
    private final Items items;

    ResNet50Task(Fetch fetch, FinetuneOptions options) throws IOException {
        this.options = options;
        weights = TensorSource.open(fetch.file(Artifacts.RESNET50, "ResNet50/model.json"));
        train = Cifar10.load(fetch, true);
        LabelledImages reported = Cifar10.load(fetch, false);
        items = Items.of(train.size(), reported.size(), 0, options);
        test = items.ofTrainingSet() ? train : reported;
    }

    @Override
    public String describe() {
        return Cifar10.trained("ResNet-50", options.size, items.describe("images"));
    }

    @Override
    public BatchIterator train(long seed) {
        return images(train, items.train(), seed);
    }

    @Override
    public BatchIterator test() {
        return images(test, items.test(), null);
    }

    private BatchIterator images(LabelledImages images, int[] items, Long seed) {
        BatchIterator batches = new ImageIterator(images, items, options.batch, options.size, Normalisation.NONE, seed);
        batches.setPreProcessor(batch -> batch.setFeatures(ResNet50.preprocess(batch.getFeatures())));
        return batches;
    }

    @Override
    public ComputationGraph network(Memory memory, WarmUpSchedule rate, long seed) throws IOException {
        return Pretrained.resNet50(
                weights,
                ResNet50.builder()
                        .classes(Cifar10.CLASSES.size())
                        .imageSize(options.size)
                        .normDecay(NORM_DECAY)
                        .updater(new Adam(rate))
                        .headUpdater(new Adam(rate.times(HEAD_RATE)))
                        .headInit(WeightInit.ZERO)
                        .seed(seed)
                        .build());
    }

    @Override
    public double learningRate() {
        return 1e-4;
    }
}
