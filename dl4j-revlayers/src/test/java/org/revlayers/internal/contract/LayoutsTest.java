package org.revlayers.internal.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Convolution3D;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LayoutsTest {

    private static long[] shape(long... shape) {
        return shape;
    }

    @ParameterizedTest
    @EnumSource(RNNFormat.class)
    void aRecurrentLayerTellsByItsOutput(RNNFormat format) {
        LSTM lstm = new LSTM.Builder().nIn(4).nOut(5).build();
        boolean first = format == RNNFormat.NCW;
        InputType type =
                Layouts.between(lstm, first ? shape(2, 4, 7) : shape(2, 7, 4), first ? shape(2, 5, 7) : shape(2, 7, 5));
        assertEquals(InputType.recurrent(4, 7, format), type);
    }

    @ParameterizedTest
    @EnumSource(CNN2DFormat.class)
    void aPoolingLayerTellsByItsOutput(CNN2DFormat format) {
        SubsamplingLayer pool = new SubsamplingLayer.Builder()
                .kernelSize(2, 2)
                .stride(2, 2)
                .convolutionMode(ConvolutionMode.Truncate)
                .dataFormat(format)
                .build();
        boolean first = format == CNN2DFormat.NCHW;
        InputType type = Layouts.between(
                pool, first ? shape(2, 3, 8, 6) : shape(2, 8, 6, 3), first ? shape(2, 3, 4, 3) : shape(2, 4, 3, 3));
        assertEquals(InputType.convolutional(8, 6, 3, format), type);
    }

    @Test
    void everyRankHasItsLayouts() {
        assertEquals(1, Layouts.of(2, 3).size());
        assertEquals(2, Layouts.of(2, 3, 4).size());
        assertEquals(2, Layouts.of(2, 3, 4, 5).size());
        assertEquals(0, Layouts.of(2).size());
        for (InputType type : Layouts.of(2, 3, 4, 5, 6)) {
            assertEquals(3 * 4 * 5 * 6, type.arrayElementsPerExample());
        }
        assertEquals(
                InputType.convolutional3D(Convolution3D.DataFormat.NDHWC, 3, 4, 5, 6),
                Layouts.of(2, 3, 4, 5, 6).get(1));
    }

    @Test
    void aLayerThatGivesNoSuchOutputHasNone() {
        ConvolutionLayer convolution =
                new ConvolutionLayer.Builder(3, 3).nIn(3).nOut(4).build();
        assertNull(Layouts.between(convolution, shape(2, 3, 8, 8), shape(2, 4, 8, 8)));
        assertFalse(Layouts.gives(convolution, InputType.feedForward(3), 2, 4, 6, 6));
    }

    @Test
    void poolingOverTimeGivesVectors() {
        InputType sequence = InputType.recurrent(4, 7, RNNFormat.NCW);
        assertEquals(InputType.feedForward(4), Layouts.output(new GlobalPoolingLayer(PoolingType.MAX), sequence));
    }

    @Test
    void bothDirectionsSideBySideAreAsLong() {
        InputType sequence = InputType.recurrent(4, 7, RNNFormat.NCW);
        Bidirectional both = new Bidirectional(
                Bidirectional.Mode.CONCAT, new LSTM.Builder().nIn(4).nOut(3).build());
        assertEquals(InputType.recurrent(6, 7, RNNFormat.NCW), Layouts.output(both, sequence));
    }
}
