package org.revlayers.chain;

import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.dropout.Dropout;
import org.deeplearning4j.nn.conf.dropout.IDropout;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.Convolution1DLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationRReLU;
import org.nd4j.linalg.activations.impl.ActivationTanH;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.container.ResidualUnit;
import org.revlayers.layers.Compare;
import org.revlayers.reversible.ChainMode;

/** DL4J's layers that stay as they are between a second forward and its backward compute what those do that run their forward anew. */
class StockStateTest {

    private static final int TOKENS = 6;
    private static final InputType SEQUENCE = InputType.recurrent(ChainNets.FEATURES, TOKENS, RNNFormat.NCW);

    private static Layer recurrent() {
        return new LSTM.Builder()
                .nOut(ChainNets.FEATURES)
                .activation(Activation.TANH)
                .dropOut(new Dropout(0.7))
                .build();
    }

    private static Layer convolution() {
        return new Convolution1DLayer.Builder(3)
                .nOut(ChainNets.FEATURES)
                .convolutionMode(ConvolutionMode.Same)
                .dropOut(new Dropout(0.8))
                .activation(Activation.TANH)
                .build();
    }

    private static MultiLayerNetwork net(ReversibleChain chain) {
        return ChainNets.net(
                chain,
                DataType.FLOAT,
                SEQUENCE,
                options -> {},
                new GlobalPoolingLayer.Builder(PoolingType.AVG).build());
    }

    private static ReversibleChain chain(ChainMode mode) {
        return of(mode).subBlock(SubBlock.of("a", recurrent(), convolution()))
                .subBlock(SubBlock.of(
                                "b",
                                new ResidualUnit.Builder()
                                        .main(convolution())
                                        .shortcut(convolution())
                                        .build())
                        .after(convolution()))
                .build();
    }

    private static ReversibleChain.Builder of(ChainMode mode) {
        return new ReversibleChain.Builder().name("chain").mode(mode).stockHosts(true);
    }

    /** One random slope, and one dropout, of several layers: what a forward of another notes in them is not this one's. */
    private static ReversibleChain sharing(ChainMode mode) {
        IActivation slope = new ActivationRReLU();
        IDropout mask = new Dropout(0.6);
        return of(mode).subBlock(SubBlock.of("a", dense(slope, 2), dense(slope, 1)))
                .subBlock(SubBlock.of("b", sharing(mask), dense(slope, 1), sharing(mask)))
                .build();
    }

    private static Layer sharing(IDropout mask) {
        ActivationLayer layer = new ActivationLayer(new ActivationTanH());
        layer.setIDropout(mask);
        return layer;
    }

    private static Layer dense(IActivation function, int times) {
        return new Convolution1DLayer.Builder(1)
                .nOut(times * ChainNets.FEATURES)
                .activation(function)
                .build();
    }

    private static DataSet masked() {
        DataSet data = ChainNets.data(DataType.FLOAT, 3, ChainNets.FEATURES, TOKENS);
        INDArray mask = Nd4j.ones(DataType.FLOAT, 3, TOKENS);
        mask.putScalar(0, TOKENS - 1, 0);
        mask.putScalar(2, 3, 0);
        mask.putScalar(2, 4, 0);
        mask.putScalar(2, TOKENS - 1, 0);
        data.setFeaturesMaskArray(mask);
        return data;
    }

    @ParameterizedTest
    @EnumSource(
            value = ChainMode.class,
            names = {"REVERSE", "CHECKPOINT"})
    void theBitsOfStoring(ChainMode mode) {
        same(net(chain(ChainMode.STORE)), net(chain(mode)), masked());
    }

    @ParameterizedTest
    @EnumSource(
            value = ChainMode.class,
            names = {"REVERSE", "CHECKPOINT"})
    void whatLayersShare(ChainMode mode) {
        same(
                net(sharing(ChainMode.STORE)),
                net(sharing(mode)),
                ChainNets.data(DataType.FLOAT, 3, ChainNets.FEATURES, TOKENS));
    }

    private static void same(MultiLayerNetwork stored, MultiLayerNetwork again, DataSet data) {
        again.setParams(stored.params().dup());
        for (int step = 0; step < 3; step++) {
            Compare.same(ChainNets.gradient(stored, data), ChainNets.gradient(again, data), "gradients, step " + step);
            stored.fit(data);
            again.fit(data);
        }
        Compare.same(stored.params(), again.params(), "parameters");
    }
}
