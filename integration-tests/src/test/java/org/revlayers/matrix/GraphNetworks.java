package org.revlayers.matrix;

import static org.revlayers.matrix.Batches.classes;
import static org.revlayers.matrix.Batches.wave;
import static org.revlayers.matrix.NamedNetwork.of;
import static org.revlayers.matrix.Shelf.*;
import static org.revlayers.matrix.Sketch.*;

import java.util.List;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.L2NormalizeVertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.graph.StackVertex;
import org.deeplearning4j.nn.conf.graph.SubsetVertex;
import org.deeplearning4j.nn.conf.graph.UnstackVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.CenterLossOutputLayer;
import org.deeplearning4j.nn.conf.layers.CnnLossLayer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.lossfunctions.LossFunctions;

/** Graphs on rows, or with several inputs, several outputs or another loss. */
final class GraphNetworks {

    private GraphNetworks() {}

    static List<NamedNetwork> all() {
        return List.of(
                of(
                        "taps",
                        t -> images(t)
                                .block("b0", 4, "stem")
                                .block("b1", 4, "b0")
                                .block("b2", 4, "b1")
                                .block("b3", 4, "b2")
                                .layer("pool", pool(), "b3")
                                .layer("out", out(4), "pool")
                                .layer("auxpool", pool(), "b1")
                                .layer("aux", out(4), "auxpool")
                                .net(new String[] {"out", "aux"}, IMG),
                        t -> new MultiDataSet(
                                new INDArray[] {wave(t, B, 3, 8, 8)},
                                new INDArray[] {classes(t, B, 4), classes(t, B, 4)})),
                of(
                        "two-in-two-out",
                        t -> new Sketch(t, "a", "b")
                                .layer("fa", dense(5), "a")
                                .layer("fb", dense(5), "b")
                                .vertex("m", new MergeVertex(), "fa", "fb")
                                .residual("m", dense(10), dense(10))
                                .layer("out", out(4), "s1")
                                .layer(
                                        "out2",
                                        new OutputLayer.Builder(LossFunctions.LossFunction.MSE)
                                                .nOut(2)
                                                .activation(Activation.IDENTITY)
                                                .build(),
                                        "s1")
                                .net(new String[] {"out", "out2"}, InputType.feedForward(6), InputType.feedForward(3)),
                        t -> new MultiDataSet(
                                new INDArray[] {wave(t, B, 6), wave(t, B, 3)},
                                new INDArray[] {classes(t, B, 4), wave(t, B, 2)})),
                of(
                        "image-and-row",
                        t -> new Sketch(t, "img", "row")
                                .layer("stem", conv(4), "img")
                                .residual("stem", conv(4), conv(4))
                                .layer("pool", pool(), "s1")
                                .layer("d", dense(4), "row")
                                .layer("d2", dense(4), "d")
                                .vertex("m", new MergeVertex(), "pool", "d2")
                                .layer("out", out(4), "m")
                                .net(IMG, InputType.feedForward(5)),
                        t -> new MultiDataSet(
                                new INDArray[] {wave(t, B, 3, 8, 8), wave(t, B, 5)},
                                new INDArray[] {classes(t, B, 4)})),
                of(
                        "output-is-sum",
                        t -> new Sketch(t, "in")
                                .layer("stem", dense(6), "in")
                                .residual("stem", dense(6), dense(6))
                                .layer(
                                        "out",
                                        new LossLayer.Builder(LossFunctions.LossFunction.MSE)
                                                .activation(Activation.IDENTITY)
                                                .build(),
                                        "s1")
                                .net(InputType.feedForward(6)),
                        t -> new MultiDataSet(wave(t, B, 6), wave(t, B, 6))),
                of(
                        "dense-residual",
                        t -> new Sketch(t, "in")
                                .residual("in", dense(6), dense(6))
                                .layer("out", out(4), "s1")
                                .net(InputType.feedForward(6)),
                        Shelf::row),
                of(
                        "cnn-loss",
                        t -> images(t)
                                .block("b0", 4, "stem")
                                .block("b1", 4, "b0")
                                .layer("head", conv(1), "b1")
                                .layer(
                                        "out",
                                        new CnnLossLayer.Builder(LossFunctions.LossFunction.XENT)
                                                .activation(Activation.SIGMOID)
                                                .build(),
                                        "head")
                                .net(IMG),
                        t -> new MultiDataSet(
                                wave(t, B, 3, 8, 8), wave(t, B, 1, 8, 8).gt(0).castTo(t))),
                of(
                        "center-loss",
                        t -> images(t)
                                .block("b0", 4, "stem")
                                .block("b1", 4, "b0")
                                .layer("pool", pool(), "b1")
                                .layer(
                                        "out",
                                        new CenterLossOutputLayer.Builder()
                                                .nOut(4)
                                                .activation(Activation.SOFTMAX)
                                                .lambda(1e-2)
                                                .alpha(0.5)
                                                .build(),
                                        "pool")
                                .net(IMG),
                        Shelf::img),
                of(
                        "vertices",
                        t -> new Sketch(t, "in")
                                .layer("d", dense(6), "in")
                                .layer("d2", dense(6), "d")
                                .vertex("sub", new SubsetVertex(0, 3), "d2")
                                .vertex("n", new L2NormalizeVertex(), "d2")
                                .vertex("m", new MergeVertex(), "sub", "n")
                                .residual("m", dense(10), dense(10))
                                .vertex("p", new ElementWiseVertex(ElementWiseVertex.Op.Product), "s1", "m")
                                .layer("out", out(4), "p")
                                .net(InputType.feedForward(6)),
                        Shelf::row),
                of(
                        "stack-unstack",
                        t -> new Sketch(t, "a", "b")
                                .vertex("st", new StackVertex(), "a", "b")
                                .residual("st", dense(6), dense(6))
                                .vertex("u0", new UnstackVertex(0, 2), "s1")
                                .vertex("u1", new UnstackVertex(1, 2), "s1")
                                .vertex("m", new MergeVertex(), "u0", "u1")
                                .layer("out", out(4), "m")
                                .net(InputType.feedForward(6), InputType.feedForward(6)),
                        t -> new MultiDataSet(
                                new INDArray[] {wave(t, B, 6), wave(t, B, 6).mul(-0.5)},
                                new INDArray[] {classes(t, B, 4)})));
    }
}
