package org.revlayers.matrix;

import static org.revlayers.matrix.Batches.classes;
import static org.revlayers.matrix.Batches.sequences;
import static org.revlayers.matrix.Batches.wave;
import static org.revlayers.matrix.Sketch.conv;

import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Convolution1DLayer;
import org.deeplearning4j.nn.conf.layers.Convolution3D;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.conf.layers.SelfAttentionLayer;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.layers.TokenPooling;
import org.revlayers.layers.TransformerBlock;

/** Layers and batches that the catalogue is written with. */
final class Shelf {

    static final int B = 3;
    static final InputType IMG = InputType.convolutional(8, 8, 3);

    private Shelf() {}

    static MultiDataSet img(DataType t) {
        return new MultiDataSet(wave(t, B, 3, 8, 8), classes(t, B, 4));
    }

    static MultiDataSet row(DataType t) {
        return new MultiDataSet(wave(t, B, 6), classes(t, B, 4));
    }

    static MultiDataSet seq(DataType t) {
        return new MultiDataSet(wave(t, B, 4, 7), sequences(t, B, 2, 7));
    }

    static MultiDataSet seqClass(DataType t) {
        return new MultiDataSet(wave(t, B, 4, 7), classes(t, B, 4));
    }

    static MultiDataSet masked(DataType t) {
        INDArray mask = Nd4j.ones(t, B, 7);
        mask.putScalar(0, 5, 0).putScalar(0, 6, 0).putScalar(1, 6, 0);
        return new MultiDataSet(
                new INDArray[] {wave(t, B, 4, 7)},
                new INDArray[] {sequences(t, B, 2, 7)},
                new INDArray[] {mask},
                new INDArray[] {mask.dup()});
    }

    static RnnOutputLayer rnnOut() {
        return new RnnOutputLayer.Builder()
                .nOut(2)
                .activation(Activation.SOFTMAX)
                .build();
    }

    static Sketch images(DataType t) {
        return new Sketch(t, "in").layer("stem", conv(4), "in");
    }

    static Model lstmGraph(DataType t, Layer one, Layer two, InputType... types) {
        return new Sketch(t, "in")
                .residual("in", one, two)
                .layer("out", rnnOut(), "s1")
                .net(types);
    }

    static LSTM lstm() {
        return new LSTM.Builder().nIn(4).nOut(4).build();
    }

    static Convolution1DLayer c1(int n) {
        return new Convolution1DLayer.Builder()
                .kernelSize(3)
                .convolutionMode(ConvolutionMode.Same)
                .nOut(n)
                .activation(Activation.RELU)
                .build();
    }

    static Convolution3D c3(int n) {
        return c3(n, Convolution3D.DataFormat.NCDHW);
    }

    static Convolution3D c3(int n, Convolution3D.DataFormat format) {
        return new Convolution3D.Builder(3, 3, 3)
                .convolutionMode(ConvolutionMode.Same)
                .dataFormat(format)
                .nOut(n)
                .activation(Activation.RELU)
                .build();
    }

    static TransformerBlock tb() {
        return new TransformerBlock.Builder(2).mlp(12).build();
    }

    static TokenPooling meanOfTokens() {
        return new TokenPooling.Builder(TokenPooling.Kind.MEAN).build();
    }

    static SelfAttentionLayer att() {
        return new SelfAttentionLayer.Builder()
                .nIn(4)
                .nOut(4)
                .nHeads(2)
                .headSize(2)
                .projectInput(true)
                .build();
    }

    static GlobalPoolingLayer pool() {
        return new GlobalPoolingLayer(PoolingType.AVG);
    }
}
