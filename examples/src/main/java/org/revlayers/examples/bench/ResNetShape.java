package org.revlayers.examples.bench;

import java.util.Set;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.learning.config.Sgd;
import org.revlayers.examples.shared.Conversion;
import org.revlayers.examples.shared.UsageException;
import org.revlayers.models.ResNet50;

/**
 * {@link ResNet50}, a graph of stock layers: {@code stock-dl4j} is the graph as it is, all others are conversions of it; {@code plain} has
 * all layers in containers of this library that keep everything.
 *
 * @param image side of the square RGB image in pixels
 * @param batch images in a step
 */
record ResNetShape(int image, int batch) implements BenchModel {

    static final String NAME = "resnet50";
    private static final int BLOCKS = 16;

    ResNetShape {
        UsageException.unless(batch > 0, "--batch has to be at least 1; got " + batch);
        UsageException.unless(
                image >= ResNet50.SMALLEST,
                "--size of " + NAME + " has to be at least " + ResNet50.SMALLEST + "; got " + image);
    }

    @Override
    public int depth() {
        return BLOCKS;
    }

    @Override
    public Set<String> peers() {
        return Peers.OF_RESNETS;
    }

    @Override
    public void check(BenchMethod method) {
        BenchModel.super.check(method);
        if (method.isStockSameDiff() || method.ours() != null && method.ours().isForTransformers()) {
            throw new UsageException("--model " + NAME
                    + " goes with plain, checkpoint, reversible, reversible-fixed, reversible-random, razor, in-place, half, int8, plan, memory and stock-dl4j; got "
                    + method.label());
        }
    }

    @Override
    public Contestant contestant(BenchMethod method, Conversion conversion) {
        check(method);
        ComputationGraph net = ResNet50.builder()
                .classes(CLASSES)
                .imageSize(image)
                .updater(new Sgd(NetworkContestant.LEARNING_RATE))
                .build()
                .init();
        if (method.ours() != null) {
            net = conversion.of(net, this::data);
        }
        return NetworkContestant.of(net, data());
    }
}
