package org.revlayers.internal.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.Lean;
import org.revlayers.convert.ConversionReport;
import org.revlayers.convert.Sample;
import org.revlayers.keep.Memory;

/** Reports of networks that give no numbers, and of samples in another type than the network's. */
class ReportNumbersTest {

    private static MultiLayerNetwork rows() {
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .seed(3)
                .activation(Activation.TANH)
                .list(
                        new DenseLayer.Builder().nOut(6).build(),
                        new DenseLayer.Builder().nOut(6).build(),
                        new OutputLayer.Builder()
                                .nOut(3)
                                .activation(Activation.SOFTMAX)
                                .build())
                .setInputType(InputType.feedForward(6))
                .build());
        net.init();
        return net;
    }

    @Test
    void aNetworkThatGivesNoNumbersIsSaidToDoSo() {
        MultiLayerNetwork net = rows();
        net.getLayer(0).getParam("W").assign(Float.NaN);
        String report = Lean.convert(net, Memory.razor(0.9), sample()).report().toString();
        assertFalse(report.contains("difference on the sample: NaN"), report);
        assertTrue(report.contains("the network itself gives"), report);
    }

    private static Sample sample() {
        return Sample.of(Nd4j.ones(4, 6));
    }

    @Test
    void aSampleHasOneArrayPerInput() {
        MultiLayerNetwork net = rows();
        INDArray[] two = {Nd4j.ones(4, 6), Nd4j.ones(4, 6)};
        String message = assertThrows(IllegalArgumentException.class, () -> Networks.check(Sample.of(two), net))
                .getMessage();
        assertTrue(message.contains("one array per input of the network, 1; got 2"), message);
    }

    private static String report(long before, long after) {
        return new ConversionReport(
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of(),
                        null,
                        new ConversionReport.Comparison(0, 0, 1, before, after))
                .toString();
    }

    @Test
    void memoryIsUnknownIfOneSidesIs() {
        for (long[] sides : new long[][] {{-1, 1 << 20}, {1 << 20, -1}, {-1, -1}}) {
            String line = report(sides[0], sides[1]);
            assertTrue(line.contains("predicted for backward: unknown") && !line.contains("MiB"), line);
        }
        assertTrue(report(1 << 21, 1 << 20).contains("2.00 MiB before, 1.00 MiB after"));
    }

    @Test
    void memoryIsPredictedInTheNetworksTypeWhateverTheSamples() {
        MultiLayerNetwork net = rows();
        INDArray x = Nd4j.ones(DataType.FLOAT, 4, 6);
        long of = PredictedKept.of(net, Sample.of(x));
        assertEquals(of, PredictedKept.of(net, Sample.of(x.castTo(DataType.DOUBLE))));
    }
}
