package org.revlayers.matrix;

import static org.revlayers.matrix.Batches.classes;
import static org.revlayers.matrix.Batches.sequences;
import static org.revlayers.matrix.Batches.wave;
import static org.revlayers.matrix.NamedNetwork.Trait.INFERENCE;
import static org.revlayers.matrix.NamedNetwork.Trait.LARGE;
import static org.revlayers.matrix.NamedNetwork.Trait.NO_CHAIN;
import static org.revlayers.matrix.NamedNetwork.Trait.NO_RAZOR;
import static org.revlayers.matrix.NamedNetwork.Trait.RANDOM;

import java.util.List;
import java.util.function.Supplier;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.BackpropType;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.weights.WeightInitRelu;
import org.deeplearning4j.zoo.model.AlexNet;
import org.deeplearning4j.zoo.model.Darknet19;
import org.deeplearning4j.zoo.model.FaceNetNN4Small2;
import org.deeplearning4j.zoo.model.InceptionResNetV1;
import org.deeplearning4j.zoo.model.LeNet;
import org.deeplearning4j.zoo.model.ResNet50;
import org.deeplearning4j.zoo.model.SimpleCNN;
import org.deeplearning4j.zoo.model.SqueezeNet;
import org.deeplearning4j.zoo.model.TextGenerationLSTM;
import org.deeplearning4j.zoo.model.TinyYOLO;
import org.deeplearning4j.zoo.model.UNet;
import org.deeplearning4j.zoo.model.VGG16;
import org.deeplearning4j.zoo.model.VGG19;
import org.deeplearning4j.zoo.model.Xception;
import org.deeplearning4j.zoo.model.YOLO2;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Sgd;

/**
 * Every network of deeplearning4j-zoo with random weights, on the smallest images that it can be built for. M2.1 cannot build its NASNet ("no inputs
 * have been set"), SimpleCNN has no layer with a loss, and InceptionResNetV1 is NaN after a step on two images and, in training
 * mode, 0.037 off for an image that differs in its last bit, all without this library.
 */
public final class ZooNetworks {

    private static final int CLASSES = 3;
    private static final int BATCH = 2;

    private ZooNetworks() {}

    private static int[] images(int side) {
        return new int[] {3, side, side};
    }

    /** All of them. */
    public static List<NamedNetwork> all() {
        return List.of(
                images(
                        "LeNet",
                        28,
                        1,
                        () -> LeNet.builder()
                                .numClasses(CLASSES)
                                .updater(sgd())
                                .build()
                                .init(),
                        NO_CHAIN),
                images(
                        "SimpleCNN",
                        48,
                        3,
                        () -> SimpleCNN.builder()
                                .numClasses(CLASSES)
                                .updater(sgd())
                                .inputShape(images(48))
                                .build()
                                .init(),
                        RANDOM,
                        NO_CHAIN,
                        INFERENCE),
                images(
                        "AlexNet",
                        96,
                        3,
                        () -> AlexNet.builder()
                                .numClasses(CLASSES)
                                .updater(sgd())
                                .inputShape(images(96))
                                .build()
                                .init(),
                        RANDOM,
                        LARGE,
                        NO_CHAIN),
                images(
                        "VGG16",
                        32,
                        3,
                        () -> VGG16.builder()
                                .numClasses(CLASSES)
                                .updater(sgd())
                                .inputShape(images(32))
                                .build()
                                .init(),
                        LARGE,
                        RANDOM,
                        NO_CHAIN),
                images(
                        "VGG19",
                        32,
                        3,
                        () -> VGG19.builder()
                                .numClasses(CLASSES)
                                .updater(sgd())
                                .inputShape(images(32))
                                .build()
                                .init(),
                        LARGE,
                        NO_CHAIN),
                images(
                        "Darknet19",
                        64,
                        3,
                        () -> Darknet19.builder()
                                .numClasses(CLASSES)
                                .updater(sgd())
                                .inputShape(images(64))
                                .build()
                                .init(),
                        LARGE,
                        NO_CHAIN),
                images(
                        "SqueezeNet",
                        48,
                        3,
                        () -> SqueezeNet.builder()
                                .numClasses(CLASSES)
                                .updater(sgd())
                                .inputShape(images(48))
                                .build()
                                .init(),
                        RANDOM,
                        LARGE,
                        NO_CHAIN),
                images(
                        "ResNet50",
                        96,
                        3,
                        () -> ResNet50.builder()
                                .numClasses(CLASSES)
                                .updater(sgd())
                                .weightInit(new WeightInitRelu())
                                .inputShape(images(96))
                                .build()
                                .init(),
                        LARGE),
                images(
                        "InceptionResNetV1",
                        96,
                        3,
                        () -> calmer(InceptionResNetV1.builder()
                                .numClasses(CLASSES)
                                .updater(sgd())
                                .inputShape(images(96))
                                .build()
                                .init()),
                        LARGE,
                        NO_CHAIN,
                        INFERENCE),
                images(
                        "FaceNetNN4Small2",
                        96,
                        3,
                        () -> FaceNetNN4Small2.builder()
                                .numClasses(CLASSES)
                                .updater(sgd())
                                .build()
                                .init(),
                        LARGE,
                        NO_CHAIN),
                images(
                        "Xception",
                        72,
                        3,
                        () -> Xception.builder()
                                .numClasses(CLASSES)
                                .updater(sgd())
                                .inputShape(images(72))
                                .build()
                                .init(),
                        LARGE),
                dense(
                        "UNet",
                        32,
                        () -> UNet.builder()
                                .numClasses(1)
                                .updater(sgd())
                                .inputShape(images(32))
                                .build()
                                .init(),
                        RANDOM,
                        LARGE,
                        NO_CHAIN),
                yolo(
                        "TinyYOLO",
                        64,
                        2,
                        () -> TinyYOLO.builder()
                                .numClasses(CLASSES)
                                .updater(sgd())
                                .inputShape(images(64))
                                .build()
                                .init(),
                        LARGE,
                        NO_CHAIN),
                yolo(
                        "YOLO2",
                        64,
                        2,
                        () -> YOLO2.builder()
                                .numClasses(CLASSES)
                                .updater(sgd())
                                .inputShape(images(64))
                                .build()
                                .init(),
                        LARGE,
                        NO_CHAIN),
                text("TextGenerationLSTM"));
    }

    /** With its own random weights M2.1's InceptionResNetV1 makes a last bit of an image 10⁹ times as large: nothing could be compared. */
    private static Model calmer(Model net) {
        net.paramTable().forEach((name, array) -> {
            if (name.endsWith("_W")) {
                array.muli(0.3);
            }
        });
        return net;
    }

    private static IUpdater sgd() {
        return new Sgd(1e-3);
    }

    private static NamedNetwork images(
            String name, int side, int channels, Supplier<Model> make, NamedNetwork.Trait... traits) {
        return NamedNetwork.of(
                name,
                type -> in(type, make.get()),
                type -> new MultiDataSet(
                        channels == 1 ? wave(type, BATCH, (long) side * side) : wave(type, BATCH, channels, side, side),
                        classes(type, BATCH, CLASSES)),
                traits);
    }

    /** A label for each pixel. */
    private static NamedNetwork dense(String name, int side, Supplier<Model> make, NamedNetwork.Trait... traits) {
        return NamedNetwork.of(
                name,
                type -> in(type, make.get()),
                type -> new MultiDataSet(
                        wave(type, BATCH, 3, side, side),
                        wave(type, BATCH, 1, side, side).gt(0).castTo(type)),
                traits);
    }

    /** One box in the middle of each image. */
    private static NamedNetwork yolo(
            String name, int side, int grid, Supplier<Model> make, NamedNetwork.Trait... traits) {
        return NamedNetwork.of(
                name,
                type -> in(type, make.get()),
                type -> {
                    INDArray labels = Nd4j.zeros(type, BATCH, 4 + CLASSES, grid, grid);
                    for (int i = 0; i < BATCH; i++) {
                        double[] box = {0.6, 0.6, 1.2, 1.3};
                        for (int k = 0; k < box.length; k++) {
                            labels.putScalar(new int[] {i, k, 0, 0}, box[k]);
                        }
                        labels.putScalar(new int[] {i, 4 + i, 0, 0}, 1);
                    }
                    return new MultiDataSet(wave(type, BATCH, 3, side, side), labels);
                },
                traits);
    }

    /** With standard back-propagation, for containers do no other. */
    private static NamedNetwork text(String name) {
        return NamedNetwork.of(
                name,
                type -> {
                    MultiLayerNetwork net = (MultiLayerNetwork) TextGenerationLSTM.builder()
                            .inputShape(new int[] {40, 47})
                            .totalUniqueCharacters(47)
                            .updater(sgd())
                            .build()
                            .init();
                    net.getLayerWiseConfigurations().setBackpropType(BackpropType.Standard);
                    return in(type, net);
                },
                type -> new MultiDataSet(wave(type, BATCH, 47, 6), sequences(type, BATCH, 47, 6)),
                NO_CHAIN,
                NO_RAZOR);
    }

    private static Model in(DataType type, Model net) {
        return net instanceof MultiLayerNetwork m
                ? m.convertDataType(type)
                : ((ComputationGraph) net).convertDataType(type);
    }
}
