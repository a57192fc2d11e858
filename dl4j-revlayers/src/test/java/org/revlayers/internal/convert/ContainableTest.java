package org.revlayers.internal.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Cnn3DLossLayer;
import org.deeplearning4j.nn.conf.layers.Convolution3D;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.samediff.SDLayerParams;
import org.deeplearning4j.nn.conf.layers.samediff.SameDiffOutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.weights.WeightInitUtil;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.revlayers.Lean;
import org.revlayers.convert.Conversion;
import org.revlayers.convert.ConversionReport;
import org.revlayers.keep.Memory;

/** Which layers of a network go into a container. */
class ContainableTest {

    /** A linear layer with the mean squared error. */
    private static final class Loss extends SameDiffOutputLayer {

        private static final long serialVersionUID = 1L;

        @Override
        public SDVariable defineLayer(SameDiff sd, SDVariable x, SDVariable y, Map<String, SDVariable> params) {
            SDVariable out = x.mmul("out", params.get("W"));
            return sd.mean(sd.math().square(out.sub(y)));
        }

        @Override
        public String activationsVertexName() {
            return "out";
        }

        @Override
        public void defineParameters(SDLayerParams params) {
            params.addWeightParam("W", 3, 2);
        }

        @Override
        public void initializeParameters(Map<String, INDArray> params) {
            WeightInitUtil.initWeights(
                    3, 2, new long[] {3, 2}, org.deeplearning4j.nn.weights.WeightInit.XAVIER, null, params.get("W"));
        }

        @Override
        public InputType getOutputType(int index, InputType input) {
            return InputType.feedForward(2);
        }
    }

    private static NeuralNetConfiguration.ListBuilder dense() {
        return new NeuralNetConfiguration.Builder()
                .updater(new Sgd(0.1))
                .list()
                .layer(new DenseLayer.Builder()
                        .nOut(4)
                        .activation(Activation.TANH)
                        .build())
                .layer(new DenseLayer.Builder()
                        .nOut(3)
                        .activation(Activation.TANH)
                        .build())
                .setInputType(InputType.feedForward(5));
    }

    @Test
    void aLossOfSameDiffStaysOutside() {
        MultiLayerNetwork net = new MultiLayerNetwork(dense().layer(new Loss()).build());
        net.init();
        Conversion<MultiLayerNetwork> result = Lean.convert(net, Memory.razor(0.9));
        assertEquals(
                List.of(new ConversionReport.Left("layer2", "has a loss")),
                result.report().left());
        INDArray x = Nd4j.ones(2, 5);
        assertEquals(net.output(x), result.network().output(x));
    }

    @Test
    void aLossOfVolumesStaysOutside() {
        assertEquals(
                "has a loss", Containable.obstacle(new Cnn3DLossLayer.Builder(Convolution3D.DataFormat.NCDHW).build()));
        assertTrue(Containable.obstacle(new DenseLayer()) == null);
    }
}
