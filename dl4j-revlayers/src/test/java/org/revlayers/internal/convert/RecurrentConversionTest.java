package org.revlayers.internal.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.deeplearning4j.nn.conf.BackpropType;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.revlayers.Lean;
import org.revlayers.convert.Conversion;
import org.revlayers.convert.Sample;
import org.revlayers.keep.Memory;
import org.revlayers.layers.Compare;
import org.revlayers.layers.TransformerBlock;
import org.revlayers.reversible.CoefficientSchedule;

/** Residual blocks of recurrent layers: chains under standard back-propagation through time, refused with a reason under the truncated one. */
class RecurrentConversionTest {

    private static final int N = 4;
    private static final int STEPS = 5;

    private static ComputationGraph graph(BackpropType backprop) {
        var g = new NeuralNetConfiguration.Builder()
                .seed(5)
                .dataType(DataType.DOUBLE)
                .updater(new Sgd(0.1))
                .graphBuilder()
                .addInputs("in");
        String from = "in";
        for (int i = 0; i < 2; i++) {
            g.addLayer(
                    "lstm" + i,
                    new LSTM.Builder()
                            .nIn(N)
                            .nOut(N)
                            .activation(Activation.TANH)
                            .build(),
                    from);
            g.addVertex("sum" + i, new ElementWiseVertex(ElementWiseVertex.Op.Add), "lstm" + i, from);
            from = "sum" + i;
        }
        ComputationGraph net = new ComputationGraph(g.addLayer(
                        "out",
                        new RnnOutputLayer.Builder()
                                .nOut(2)
                                .activation(Activation.SOFTMAX)
                                .build(),
                        from)
                .setOutputs("out")
                .setInputTypes(InputType.recurrent(N, STEPS))
                .backpropType(backprop)
                .tBPTTLength(2)
                .build());
        net.init();
        return net;
    }

    private static Memory options(CoefficientSchedule schedule) {
        return Memory.reversible(schedule);
    }

    private static INDArray input() {
        return Transforms.sin(Nd4j.linspace(DataType.DOUBLE, 0, 9.7, 3L * N * STEPS))
                .reshape('c', 3, N, STEPS);
    }

    @Test
    void standardBackpropagationBecomesAChain() {
        ComputationGraph net = graph(BackpropType.Standard);
        Conversion<ComputationGraph> result =
                Lean.convert(net, Memory.reversible(CoefficientSchedule.constant(1, 0.125)), Sample.of(input()));
        assertEquals(1, result.report().chains().size());
        assertTrue(result.report().comparison().plain() < 1e-14, result.report()::toString);
        ComputationGraph chains = result.network();
        INDArray labels = Nd4j.zeros(DataType.DOUBLE, 3, 2, STEPS);
        labels.get(NDArrayIndex.all(), NDArrayIndex.point(1)).assign(1);
        DataSet data = new DataSet(input(), labels);
        double before = chains.score(data);
        chains.fit(data);
        assertTrue(chains.score(data) < before);
        INDArray step = input().get(NDArrayIndex.all(), NDArrayIndex.all(), NDArrayIndex.interval(0, 1))
                .dup();
        String message = assertThrows(UnsupportedOperationException.class, () -> chains.rnnTimeStep(step))
                .getMessage();
        assertTrue(message.contains("chain \"") && message.contains("LSTM"), message);
        Compare.same(
                net.rnnTimeStep(step)[0],
                Lean.restore(Lean.convert(net, options(CoefficientSchedule.constant(1, 0.125)))
                                .network())
                        .rnnTimeStep(step)[0],
                "a step of the restored network");
    }

    @Test
    void truncatedBackpropagationIsLeftWithAReason() {
        ComputationGraph net = graph(BackpropType.TruncatedBPTT);
        assertRefused(() -> Lean.convert(net, options(CoefficientSchedule.constant(1, 0.125))));
        MultiLayerNetwork blocks = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .list()
                .layer(new TransformerBlock.Builder(2).mlp(8).build())
                .layer(new TransformerBlock.Builder(2).mlp(8).build())
                .layer(new RnnOutputLayer.Builder()
                        .nOut(2)
                        .dataFormat(RNNFormat.NWC)
                        .build())
                .setInputType(InputType.recurrent(N, STEPS, RNNFormat.NWC))
                .backpropType(BackpropType.TruncatedBPTT)
                .build());
        blocks.init();
        assertRefused(() -> Lean.convert(blocks, options(CoefficientSchedule.constant(1, 0.125))));
        blocks.getLayerWiseConfigurations().setBackpropType(BackpropType.Standard);
        assertEquals(
                1,
                Lean.convert(blocks, options(CoefficientSchedule.constant(1, 0.125)))
                        .report()
                        .chains()
                        .size());
    }

    private static void assertRefused(Runnable convert) {
        String message =
                assertThrows(IllegalArgumentException.class, convert::run).getMessage();
        assertTrue(
                message.contains("truncated back-propagation through time")
                        && message.contains("BackpropType.Standard"),
                message);
    }
}
