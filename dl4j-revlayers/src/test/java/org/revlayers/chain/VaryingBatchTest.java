package org.revlayers.chain;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.deeplearning4j.datasets.iterator.utilty.ListDataSetIterator;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.samediff.SDLayerParams;
import org.deeplearning4j.nn.conf.layers.samediff.SameDiffLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.weights.WeightInit;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.revlayers.layers.Compare;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.reversible.StreamType;

/** Batches of other sizes than the one before, in chains of convolutions, of recurrent layers and of SameDiff layers. */
class VaryingBatchTest {

    private static final int N = 4;

    /** tanh(x·w), as a user would write it. */
    private static final class Product extends SameDiffLayer {
        private static final long serialVersionUID = 1L;

        @Override
        public SDVariable defineLayer(SameDiff sd, SDVariable in, Map<String, SDVariable> parameters, SDVariable mask) {
            return sd.math().tanh(sd.mmul(in, parameters.get("w")));
        }

        @Override
        public void defineParameters(SDLayerParams params) {
            params.addWeightParam("w", N, N);
        }

        @Override
        public void initializeParameters(Map<String, INDArray> params) {
            initWeights(N, N, WeightInit.XAVIER, params.get("w"));
        }

        @Override
        public InputType getOutputType(int layerIndex, InputType inputType) {
            return InputType.feedForward(N);
        }
    }

    record Case(String name, Supplier<Layer[]> function, InputType input, long[] example, Layer... behind) {

        MultiLayerNetwork net(ChainMode mode) {
            ReversibleChain.Builder chain = new ReversibleChain.Builder()
                    .name("chain")
                    .schedule(CoefficientSchedule.constant(1, 0.125))
                    .streams(StreamType.EXACT)
                    .mode(mode);
            for (int i = 0; i < 3; i++) {
                chain.subBlock(SubBlock.of("block" + i, function.get()));
            }
            Layer[] copies = Stream.of(behind).map(Layer::clone).toArray(Layer[]::new);
            return ChainNets.net(chain.build(), DataType.FLOAT, input, o -> {}, copies);
        }

        DataSet data(int batch) {
            long[] shape = new long[example.length + 1];
            shape[0] = batch;
            System.arraycopy(example, 0, shape, 1, example.length);
            return ChainNets.data(DataType.FLOAT, shape);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private static Layer pool() {
        return new GlobalPoolingLayer(PoolingType.AVG);
    }

    static Stream<Case> cases() {
        return Stream.of(
                new Case(
                        "convolutions",
                        () -> new Layer[] {
                            new BatchNormalization(),
                            new ActivationLayer(Activation.RELU),
                            new ConvolutionLayer.Builder(3, 3)
                                    .nOut(N)
                                    .convolutionMode(ConvolutionMode.Same)
                                    .activation(Activation.IDENTITY)
                                    .build()
                        },
                        InputType.convolutional(5, 6, N),
                        new long[] {N, 5, 6},
                        pool()),
                new Case(
                        "LSTM",
                        () -> new Layer[] {
                            new LSTM.Builder()
                                    .nOut(N)
                                    .activation(Activation.TANH)
                                    .build()
                        },
                        InputType.recurrent(N, 6),
                        new long[] {N, 6},
                        pool()),
                new Case("SameDiff", () -> new Layer[] {new Product()}, InputType.feedForward(N), new long[] {N}));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void gradientsHaveTheBitsOfStore(Case c) {
        MultiLayerNetwork reverse = c.net(ChainMode.REVERSE);
        MultiLayerNetwork store = c.net(ChainMode.STORE);
        Compare.same(store.params(), reverse.params(), "parameters");
        int step = 0;
        for (int batch : new int[] {5, 1, 7, 5}) {
            INDArray gradient = ChainNets.gradient(store, c.data(batch));
            Compare.same(gradient, ChainNets.gradient(reverse, c.data(batch)), "gradients of a batch of " + batch);
            Compare.different(gradient, gradient.mul(0), "gradients");
            assertEquals(++step, ((ChainHost) reverse.getLayer(0)).verifiedReconstructions());
        }
    }

    /** 12 examples in batches of 5: the last one has 2. */
    @ParameterizedTest
    @MethodSource("cases")
    void epochsWithAPartialBatchTrainAlike(Case c) {
        MultiLayerNetwork reverse = c.net(ChainMode.REVERSE);
        MultiLayerNetwork store = c.net(ChainMode.STORE);
        for (MultiLayerNetwork net : List.of(reverse, store)) {
            net.fit(new ListDataSetIterator<>(c.data(12).asList(), 5), 2);
        }
        Compare.same(store.params(), reverse.params(), "parameters");
        assertEquals(6, ((ChainHost) reverse.getLayer(0)).verifiedReconstructions());
    }

    @ParameterizedTest
    @MethodSource("cases")
    void activationsLayerByLayerAreThoseOfOutput(Case c) {
        MultiLayerNetwork net = c.net(ChainMode.REVERSE);
        net.fit(c.data(5));
        for (int batch : new int[] {5, 1, 7}) {
            INDArray x = c.data(batch).getFeatures();
            INDArray output = net.output(x);
            List<INDArray> activations = net.feedForward(x, false);
            Compare.same(output, activations.get(net.getnLayers()), "feedForward");
            INDArray at = x;
            for (int i = 0; i < net.getnLayers(); i++) {
                at = net.getLayer(i).activate(at, false, LayerWorkspaceMgr.noWorkspaces());
                Compare.same(activations.get(i + 1), at, "activations of layer " + i);
            }
        }
    }
}
