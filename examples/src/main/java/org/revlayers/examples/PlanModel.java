package org.revlayers.examples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.rng.Random;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.revlayers.MemoryPlanner;
import org.revlayers.examples.shared.PlanWords;
import org.revlayers.examples.shared.UsageException;
import org.revlayers.models.ResNet50;
import org.revlayers.models.RevNet;
import org.revlayers.models.TextEncoder;
import org.revlayers.models.VisionTransformer;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A model to plan for, from a file or by its name, and a random batch for it. */
final class PlanModel {

    private static final int PATCH = 16;
    private static final int CHANNELS = 3;
    private static final int CLASSES = 1000;
    private static final double RATE = 0.01;
    private static final long SEED = 1;
    private static final int IDS = 30_000;

    /** Examples that other batches are planned from. */
    private static final int GIVEN = 8;

    @Option(names = "--in", description = "the model file")
    private Path in;

    @Option(
            names = "--model",
            description =
                    "instead: a new vit-b16, vit-s16, vit-ti16, minilm, resnet50 or revnet104, with random weights")
    private String name;

    @Option(
            names = "--size",
            description = "side of the images of --model in pixels, or tokens of its texts (default ${DEFAULT-VALUE})")
    private int size = 224;

    @Option(
            names = "--batch",
            converter = PlanWords.Examples.class,
            description =
                    "examples in a step, or auto for the fastest batch within the budget (default ${DEFAULT-VALUE})")
    private int batch = GIVEN;

    @Mixin
    private GivenInputs inputs = new GivenInputs();

    /** Null for a new model. */
    Path file() {
        return in;
    }

    /** Throws an error that names what is wrong before anything is read. */
    void check() {
        UsageException.unless((in == null) != (name == null), "a plan needs one of --in FILE and --model NAME");
        UsageException.unless(in == null || Files.isRegularFile(in), "--in: there is no file " + in);
        UsageException.unless(
                name == null || size > 0 && size % PATCH == 0,
                "--size has to be a multiple of " + PATCH + "; got " + size);
    }

    Model network() throws IOException {
        if (in != null) {
            return new ModelFile(in).load();
        }
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "vit-b16" -> vit(VisionTransformer.Size.B);
            case "vit-s16" -> vit(VisionTransformer.Size.S);
            case "vit-ti16" -> vit(VisionTransformer.Size.TI);
            case "minilm" -> TextEncoder.builder()
                    .tokens(size)
                    .classes(CLASSES)
                    .updater(new Sgd(RATE))
                    .build()
                    .init();
            case "revnet104" -> RevNet.builder()
                    .classes(CLASSES)
                    .imageSize(size)
                    .updater(new Sgd(RATE))
                    .build()
                    .init();
            case "resnet50" -> ResNet50.builder()
                    .classes(CLASSES)
                    .imageSize(size)
                    .updater(new Sgd(RATE))
                    .build()
                    .init();
            default -> throw new UsageException(
                    "--model is vit-b16, vit-s16, vit-ti16, minilm, resnet50 or revnet104; got " + name);
        };
    }

    private MultiLayerNetwork vit(VisionTransformer.Size of) {
        return VisionTransformer.builder()
                .size(of)
                .height(size)
                .width(size)
                .classes(CLASSES)
                .updater(new Sgd(RATE))
                .build()
                .init();
    }

    /** Examples that are planned for: {@link MemoryPlanner#AUTO} for the fastest batch. */
    int examples() {
        return batch;
    }

    private int given() {
        return batch == MemoryPlanner.AUTO ? GIVEN : batch;
    }

    /** Random features, and as labels what the network gives: how it learns does not matter here. */
    MultiDataSet batch(Model net) {
        if (in != null) {
            return SampleBatch.of(net, inputs.all(), given()).labelled(net);
        }
        Random random = Nd4j.getRandomFactory().getNewRandomInstance(SEED);
        return SampleBatch.labelled(
                net,
                name.equalsIgnoreCase("minilm")
                        ? Transforms.floor(Nd4j.rand(random, given(), size).muli(IDS))
                        : Nd4j.randn(random, new long[] {given(), CHANNELS, size, size}));
    }
}
