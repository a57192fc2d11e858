package org.revlayers.chain;

import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.dropout.Dropout;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Convolution1DLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.activations.Activation;
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

    private static MultiLayerNetwork net(ChainMode mode) {
        ReversibleChain.Builder chain = new ReversibleChain.Builder()
                .name("chain")
                .mode(mode)
                .stockHosts(true)
                .subBlock(SubBlock.of("a", recurrent(), convolution()))
                .subBlock(SubBlock.of(
                                "b",
                                new ResidualUnit.Builder()
                                        .main(convolution())
                                        .shortcut(convolution())
                                        .build())
                        .after(convolution()));
        return ChainNets.net(
                chain.build(),
                DataType.FLOAT,
                SEQUENCE,
                options -> {},
                new GlobalPoolingLayer.Builder(PoolingType.AVG).build());
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
        MultiLayerNetwork stored = net(ChainMode.STORE);
        MultiLayerNetwork again = net(mode);
        again.setParams(stored.params().dup());
        for (int step = 0; step < 3; step++) {
            Compare.same(
                    ChainNets.gradient(stored, masked()),
                    ChainNets.gradient(again, masked()),
                    "gradients, step " + step);
            stored.fit(masked());
            again.fit(masked());
        }
        Compare.same(stored.params(), again.params(), "parameters");
    }
}
