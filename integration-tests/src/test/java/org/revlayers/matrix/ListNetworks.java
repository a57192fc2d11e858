package org.revlayers.matrix;

import static org.revlayers.matrix.Batches.classes;
import static org.revlayers.matrix.Batches.wave;
import static org.revlayers.matrix.NamedNetwork.Trait.NO_CHAIN;
import static org.revlayers.matrix.NamedNetwork.Trait.RANDOM;
import static org.revlayers.matrix.NamedNetwork.of;
import static org.revlayers.matrix.Shelf.*;
import static org.revlayers.matrix.Sketch.*;

import java.util.List;
import java.util.function.Function;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.AutoEncoder;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.CapsuleLayer;
import org.deeplearning4j.nn.conf.layers.CapsuleStrengthLayer;
import org.deeplearning4j.nn.conf.layers.Cnn3DLossLayer;
import org.deeplearning4j.nn.conf.layers.Convolution3D;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.PrimaryCapsules;
import org.deeplearning4j.nn.conf.layers.Subsampling3DLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.variational.VariationalAutoencoder;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.lossfunctions.LossFunctions;

/** Volumes, layers in a row, and this library's blocks. */
final class ListNetworks {

    private ListNetworks() {}

    static List<NamedNetwork> all() {
        InputType vol = InputType.convolutional3D(Convolution3D.DataFormat.NCDHW, 4, 4, 4, 2);
        Function<DataType, MultiDataSet> cube = t -> new MultiDataSet(wave(t, B, 2, 4, 4, 4), classes(t, B, 4));
        return List.of(
                of(
                        "list-conv3d",
                        t -> list(
                                t,
                                vol,
                                c3(3),
                                c3(3),
                                new Subsampling3DLayer.Builder(2, 2, 2)
                                        .stride(2, 2, 2)
                                        .build(),
                                c3(2),
                                dense(5),
                                out(4)),
                        cube,
                        NO_CHAIN),
                of(
                        "conv3d-residual",
                        t -> new Sketch(t, "in")
                                .layer("stem", c3(3), "in")
                                .residual("stem", c3(3), c3(3))
                                .pooled("s1", vol),
                        cube),
                of(
                        "list-conv3d-ndhwc",
                        t -> list(
                                t,
                                InputType.convolutional3D(Convolution3D.DataFormat.NDHWC, 4, 4, 4, 2),
                                c3(3, Convolution3D.DataFormat.NDHWC),
                                c3(3, Convolution3D.DataFormat.NDHWC),
                                c3(2, Convolution3D.DataFormat.NDHWC),
                                dense(5),
                                out(4)),
                        t -> new MultiDataSet(wave(t, B, 4, 4, 4, 2), classes(t, B, 4)),
                        NO_CHAIN),
                of(
                        "list-cnn3d-loss",
                        t -> list(
                                t,
                                vol,
                                c3(3),
                                c3(2),
                                new Cnn3DLossLayer.Builder(Convolution3D.DataFormat.NCDHW)
                                        .lossFunction(LossFunctions.LossFunction.MSE)
                                        .activation(Activation.IDENTITY)
                                        .build()),
                        t -> new MultiDataSet(wave(t, B, 2, 4, 4, 4), wave(t, B, 2, 4, 4, 4)),
                        NO_CHAIN),
                of(
                        "list-dense",
                        t -> list(t, InputType.feedForward(6), dense(8), dense(8), dense(5), out(4)),
                        Shelf::row,
                        NO_CHAIN),
                of(
                        "list-vae",
                        t -> list(
                                t,
                                InputType.feedForward(6),
                                dense(6),
                                dense(6),
                                new VariationalAutoencoder.Builder()
                                        .nOut(4)
                                        .encoderLayerSizes(5)
                                        .decoderLayerSizes(5)
                                        .build(),
                                dense(5),
                                dense(5),
                                out(4)),
                        Shelf::row,
                        NO_CHAIN),
                of(
                        "list-autoencoder",
                        t -> list(
                                t,
                                InputType.feedForward(6),
                                dense(6),
                                dense(6),
                                new AutoEncoder.Builder()
                                        .nOut(4)
                                        .corruptionLevel(0)
                                        .build(),
                                out(4)),
                        Shelf::row,
                        NO_CHAIN),
                of(
                        "list-cnn",
                        t -> list(
                                t,
                                IMG,
                                conv(4),
                                new BatchNormalization(),
                                relu(),
                                new SubsamplingLayer.Builder(2, 2).stride(2, 2).build(),
                                conv(4),
                                dense(6),
                                dense(5),
                                out(4)),
                        Shelf::img,
                        NO_CHAIN),
                of(
                        "list-cnn-flat",
                        t -> list(
                                t,
                                InputType.convolutionalFlat(8, 8, 3),
                                conv(4),
                                new SubsamplingLayer.Builder(2, 2).stride(2, 2).build(),
                                conv(4),
                                dense(6),
                                dense(5),
                                out(4)),
                        t -> new MultiDataSet(wave(t, B, 192), classes(t, B, 4)),
                        NO_CHAIN),
                of(
                        "list-cnn-dropout",
                        t -> list(
                                t,
                                IMG,
                                conv(4),
                                new DropoutLayer(0.8),
                                conv(4),
                                dense(6),
                                new DenseLayer.Builder().nOut(5).dropOut(0.5).build(),
                                out(4)),
                        Shelf::img,
                        RANDOM,
                        NO_CHAIN),
                of(
                        "list-frozen",
                        t -> list(
                                t,
                                IMG,
                                new FrozenLayer(conv(4)),
                                new FrozenLayer(conv(4)),
                                conv(4),
                                conv(4),
                                dense(5),
                                dense(5),
                                out(4)),
                        Shelf::img,
                        NO_CHAIN),
                of(
                        "list-capsnet",
                        t -> list(
                                t,
                                IMG,
                                conv(8),
                                conv(8),
                                new PrimaryCapsules.Builder(4, 4)
                                        .kernelSize(3, 3)
                                        .stride(2, 2)
                                        .build(),
                                new CapsuleLayer.Builder(3, 4, 2).build(),
                                new CapsuleStrengthLayer.Builder().build(),
                                new ActivationLayer(Activation.SOFTMAX),
                                new LossLayer.Builder(LossFunctions.LossFunction.MSE)
                                        .activation(Activation.IDENTITY)
                                        .build()),
                        t -> new MultiDataSet(wave(t, B, 3, 8, 8), classes(t, B, 3)),
                        NO_CHAIN),
                of(
                        "tokens-list",
                        t -> list(t, InputType.recurrent(8, 5, RNNFormat.NWC), tb(), tb(), meanOfTokens(), out(4)),
                        t -> new MultiDataSet(wave(t, B, 5, 8), classes(t, B, 4))),
                of(
                        "tokens-list-ncw",
                        t -> list(t, InputType.recurrent(8, 5), tb(), tb(), meanOfTokens(), out(4)),
                        t -> new MultiDataSet(wave(t, B, 8, 5), classes(t, B, 4))),
                of(
                        "tokens-after-lstm",
                        t -> list(
                                t,
                                InputType.recurrent(8, 5),
                                new LSTM.Builder().nOut(8).build(),
                                tb(),
                                tb(),
                                meanOfTokens(),
                                out(4)),
                        t -> new MultiDataSet(wave(t, B, 8, 5), classes(t, B, 4))),
                of(
                        "tokens-graph",
                        t -> new Sketch(t, "in")
                                .layer("t0", tb(), "in")
                                .layer("t1", tb(), "t0")
                                .layer("pool", meanOfTokens(), "t1")
                                .layer("out", out(4), "pool")
                                .net(InputType.recurrent(8, 5, RNNFormat.NWC)),
                        t -> new MultiDataSet(wave(t, B, 5, 8), classes(t, B, 4))));
    }
}
