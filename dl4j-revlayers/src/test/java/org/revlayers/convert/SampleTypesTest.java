package org.revlayers.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.Lean;
import org.revlayers.keep.Memory;
import org.revlayers.layers.TokenPooling;
import org.revlayers.layers.TransformerBlock;

/** Memory that is predicted for a sample goes by the types of its inputs. */
class SampleTypesTest {

    private static final int TOKENS = 40;
    private static final int FEATURES = 16;

    private static MultiLayerNetwork network(RNNFormat format) {
        NeuralNetConfiguration.ListBuilder list =
                new NeuralNetConfiguration.Builder().seed(5).list();
        for (int i = 0; i < 2; i++) {
            list.layer(new TransformerBlock.Builder(2).mlp(32).build());
        }
        MultiLayerNetwork net =
                new MultiLayerNetwork(list.layer(new TokenPooling.Builder(TokenPooling.Kind.MEAN).build())
                        .layer(new OutputLayer.Builder()
                                .nOut(2)
                                .activation(Activation.SOFTMAX)
                                .build())
                        .setInputType(InputType.recurrent(FEATURES, TOKENS, format))
                        .build());
        net.init();
        return net;
    }

    private static ConversionReport.Comparison compare(RNNFormat format, INDArray sample, InputType... types) {
        return Lean.convert(
                        network(format),
                        Memory.reversible(),
                        types.length == 0
                                ? Sample.of(sample)
                                : Sample.of(sample).types(types))
                .report()
                .comparison();
    }

    @Test
    void sequencesInEitherOrderKeepTheSame() {
        INDArray sample = Nd4j.randn(Nd4j.getRandomFactory().getNewRandomInstance(2), 3, TOKENS, FEATURES);
        ConversionReport.Comparison last = compare(RNNFormat.NWC, sample);
        ConversionReport.Comparison first = compare(
                RNNFormat.NCW, sample.permute(0, 2, 1).dup('c'), InputType.recurrent(FEATURES, TOKENS, RNNFormat.NCW));
        assertTrue(last.keptAfter() < last.keptBefore());
        assertEquals(last.keptBefore(), first.keptBefore());
        assertEquals(last.keptAfter(), first.keptAfter());
    }

    @Test
    void everyArrayHasATypeOrNone() {
        INDArray[] one = {Nd4j.zeros(2, TOKENS, FEATURES)};
        InputType[] other = {InputType.recurrent(FEATURES, TOKENS, RNNFormat.NCW)};
        String refused = assertThrows(
                        IllegalArgumentException.class, () -> Sample.of(one).types(other))
                .getMessage();
        assertTrue(refused.contains("has the shape [2, 40, 16], but its types say"), refused);
        InputType[] two = {InputType.feedForward(3), InputType.feedForward(4)};
        String message = assertThrows(
                        IllegalArgumentException.class, () -> Sample.of(one).types(two))
                .getMessage();
        assertTrue(message.contains("2 types and 1 arrays: give all of them, or none"), message);
    }
}
