package org.revlayers.matrix;

import static org.revlayers.matrix.Batches.classes;
import static org.revlayers.matrix.Batches.wave;
import static org.revlayers.matrix.NamedNetwork.Trait.NO_CHAIN;
import static org.revlayers.matrix.NamedNetwork.Trait.NO_RAZOR;
import static org.revlayers.matrix.NamedNetwork.Trait.RANDOM;
import static org.revlayers.matrix.NamedNetwork.of;
import static org.revlayers.matrix.Shelf.*;
import static org.revlayers.matrix.Sketch.*;

import java.util.List;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.graph.ScaleVertex;
import org.deeplearning4j.nn.conf.graph.ShiftVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.Deconvolution2D;
import org.deeplearning4j.nn.conf.layers.DepthwiseConvolution2D;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.LocalResponseNormalization;
import org.deeplearning4j.nn.conf.layers.LocallyConnected2D;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PReLULayer;
import org.deeplearning4j.nn.conf.layers.SeparableConvolution2D;
import org.deeplearning4j.nn.conf.layers.SpaceToDepthLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.Upsampling2D;
import org.deeplearning4j.nn.conf.layers.ZeroPaddingLayer;
import org.deeplearning4j.nn.conf.layers.convolutional.Cropping2D;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.dataset.MultiDataSet;

/** Residual networks on images, with the branches, shortcuts and layers that users write. */
final class ImageNetworks {

    private ImageNetworks() {}

    static List<NamedNetwork> all() {
        return List.of(
                of(
                        "resnet",
                        t -> images(t)
                                .block("b0", 4, "stem")
                                .block("b1", 4, "b0")
                                .pooled("b1", IMG),
                        Shelf::img),
                of(
                        "resnet-no-input-type",
                        t -> new Sketch(t, "in")
                                .layer("stem", typed(3), "in")
                                .residual("stem", typed(4), typed(4))
                                .layer("pool", pool(), "s1")
                                .layer(
                                        "out",
                                        new OutputLayer.Builder()
                                                .nIn(4)
                                                .nOut(4)
                                                .activation(Activation.SOFTMAX)
                                                .build(),
                                        "pool")
                                .net(),
                        Shelf::img),
                of(
                        "two-branches",
                        t -> images(t)
                                .block("b0", 4, "stem")
                                .block("b1", 4, "b0")
                                .layer("p", conv(4), "b1")
                                .layer("pr", relu(), "p")
                                .layer("p2", conv(4), "pr")
                                .layer("q", conv(4), "b1")
                                .add("fork", "p2", "q")
                                .pooled("fork", IMG),
                        Shelf::img),
                of(
                        "nested",
                        t -> images(t)
                                .layer("a0", conv(4), "stem")
                                .layer("i0", conv(4), "a0")
                                .add("is0", "i0", "a0")
                                .add("s0", "is0", "stem")
                                .layer("a1", conv(4), "s0")
                                .layer("i1", conv(4), "a1")
                                .add("is1", "i1", "a1")
                                .add("s1", "is1", "s0")
                                .pooled("s1", IMG),
                        Shelf::img),
                of(
                        "scaled-branch",
                        t -> images(t)
                                .layer("c0", conv(4), "stem")
                                .vertex("k0", new ScaleVertex(0.2), "c0")
                                .add("s0", "k0", "stem")
                                .layer("r0", relu(), "s0")
                                .layer("c1", conv(4), "r0")
                                .vertex("k1", new ScaleVertex(0.2), "c1")
                                .add("s1", "k1", "r0")
                                .layer("r1", relu(), "s1")
                                .pooled("r1", IMG),
                        Shelf::img),
                of(
                        "scaled-shortcut",
                        t -> images(t)
                                .layer("c0", conv(4), "stem")
                                .vertex("k0", new ScaleVertex(0.2), "stem")
                                .add("s0", "k0", "c0")
                                .layer("c1", conv(4), "s0")
                                .vertex("k1", new ScaleVertex(0.2), "s0")
                                .add("s1", "k1", "c1")
                                .pooled("s1", IMG),
                        Shelf::img),
                of(
                        "shift-vertex",
                        t -> images(t)
                                .layer("c0", conv(4), "stem")
                                .vertex("k0", new ShiftVertex(0.2), "c0")
                                .add("s0", "k0", "stem")
                                .layer("c1", conv(4), "s0")
                                .vertex("k1", new ShiftVertex(0.2), "c1")
                                .add("s1", "k1", "s0")
                                .pooled("s1", IMG),
                        Shelf::img,
                        NO_CHAIN,
                        NO_RAZOR),
                of(
                        "dropout-on-shortcut",
                        t -> images(t)
                                .layer("c0", conv(4), "stem")
                                .layer("d0", new DropoutLayer(0.8), "stem")
                                .add("s0", "c0", "d0")
                                .layer("c1", conv(4), "s0")
                                .layer("d1", new DropoutLayer(0.8), "s0")
                                .add("s1", "c1", "d1")
                                .pooled("s1", IMG),
                        Shelf::img,
                        RANDOM),
                of(
                        "dropout-in-branch",
                        t -> images(t)
                                .layer("c0", conv(4), "stem")
                                .layer("d0", new DropoutLayer(0.8), "c0")
                                .add("s0", "d0", "stem")
                                .layer("c1", conv(4), "s0")
                                .layer("d1", new DropoutLayer(0.8), "c1")
                                .add("s1", "d1", "s0")
                                .pooled("s1", IMG),
                        Shelf::img,
                        RANDOM),
                of(
                        "projection",
                        t -> images(t)
                                .layer("c0", conv(6), "stem")
                                .layer("p0", conv(6), "stem")
                                .add("s0", "c0", "p0")
                                .block("b0", 6, "s0")
                                .block("b1", 6, "b0")
                                .pooled("b1", IMG),
                        Shelf::img),
                of(
                        "three-way-sum",
                        t -> images(t)
                                .layer("c0", conv(4), "stem")
                                .layer("c1", conv(4), "stem")
                                .add("s0", "c0", "c1", "stem")
                                .block("b0", 4, "s0")
                                .block("b1", 4, "b0")
                                .pooled("b1", IMG),
                        Shelf::img),
                of(
                        "nhwc",
                        t -> images(t)
                                .residual("stem", conv(4), conv(4))
                                .pooled("s1", InputType.convolutional(8, 8, 3, CNN2DFormat.NHWC)),
                        t -> new MultiDataSet(wave(t, B, 8, 8, 3), classes(t, B, 4))),
                of(
                        "odd-layers",
                        t -> images(t)
                                .layer("z", new ZeroPaddingLayer(1, 1), "stem")
                                .layer("dw", new DepthwiseConvolution2D.Builder(3, 3).build(), "z")
                                .layer(
                                        "sep",
                                        new SeparableConvolution2D.Builder(3, 3)
                                                .padding(1, 1)
                                                .nOut(4)
                                                .build(),
                                        "dw")
                                .layer("up", new Upsampling2D.Builder(2).build(), "sep")
                                .layer("crop", new Cropping2D(1, 1), "up")
                                .layer("lrn", new LocalResponseNormalization(), "crop")
                                .layer(
                                        "de",
                                        new Deconvolution2D.Builder(2, 2)
                                                .stride(2, 2)
                                                .nOut(4)
                                                .build(),
                                        "lrn")
                                .layer(
                                        "max",
                                        new SubsamplingLayer.Builder(2, 2)
                                                .stride(2, 2)
                                                .build(),
                                        "de")
                                .layer(
                                        "prelu",
                                        new PReLULayer.Builder()
                                                .inputShape(4, 14, 14)
                                                .build(),
                                        "max")
                                .layer("s2d", new SpaceToDepthLayer.Builder<>(2).build(), "prelu")
                                .layer(
                                        "lc",
                                        new LocallyConnected2D.Builder()
                                                .kernelSize(3, 3)
                                                .nOut(3)
                                                .build(),
                                        "s2d")
                                .pooled("lc", IMG),
                        Shelf::img,
                        NO_CHAIN),
                of(
                        "frozen-prefix",
                        t -> new Sketch(t, "in")
                                .layer("stem", new FrozenLayer(conv(4)), "in")
                                .layer("f", new FrozenLayer(conv(4)), "stem")
                                .block("b0", 4, "f")
                                .block("b1", 4, "b0")
                                .pooled("b1", IMG),
                        Shelf::img),
                of(
                        "frozen-with-backprop",
                        t -> images(t)
                                .residual("stem", new FrozenLayerWithBackprop(conv(4)), conv(4))
                                .pooled("s1", IMG),
                        Shelf::img));
    }

    /** A convolution that says its inputs. */
    private static ConvolutionLayer typed(int nIn) {
        return new ConvolutionLayer.Builder(3, 3).padding(1, 1).nIn(nIn).nOut(4).build();
    }
}
