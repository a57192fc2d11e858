package org.revlayers.chain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.datasets.iterator.utilty.ListDataSetIterator;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.deeplearning4j.parallelism.ParallelWrapper;
import org.junit.jupiter.api.Test;
import org.nd4j.evaluation.classification.Evaluation;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.revlayers.internal.memory.Arena;
import org.revlayers.layers.Compare;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;

/** What else DL4J does with a layer: gradients without a step, gradients from outside, evaluation, replicas, layers without parameters. */
class ChainTrainingTest {

    private static ReversibleChain.Builder chain(ChainMode mode) {
        ReversibleChain.Builder chain = new ReversibleChain.Builder()
                .mode(mode)
                .schedule(CoefficientSchedule.builder().totalIterations(8).build());
        for (int i = 0; i < 4; i++) {
            chain.subBlock(SubBlock.of(
                    "f" + i,
                    new BatchNormalization(),
                    new DenseLayer.Builder()
                            .nOut(ChainNets.FEATURES)
                            .activation(Activation.TANH)
                            .build(),
                    new DropoutLayer(0.7)));
        }
        return chain;
    }

    private static MultiLayerNetwork net(ReversibleChain chain) {
        return ChainNets.net(chain, DataType.FLOAT, InputType.feedForward(ChainNets.FEATURES), o -> {});
    }

    private static DataSet data(int batch) {
        return ChainNets.flatData(DataType.FLOAT, batch);
    }

    @Test
    void gradientsOfAnInferenceForwardAreTheSameInAllModes() {
        List<INDArray> all = new ArrayList<>();
        for (ChainMode mode : ChainMode.values()) {
            MultiLayerNetwork net = net(chain(mode).build());
            net.fit(data(6));
            long live = Arena.current().liveBytes();
            var result = net.calculateGradients(data(6).getFeatures(), data(6).getLabels(), null, null);
            all.add(Nd4j.hstack(
                    result.getFirst().gradient().dup(), result.getSecond().reshape(-1)));
            assertEquals(live, Arena.current().liveBytes(), "live bytes");
            net.fit(data(6));
            all.add(net.params().dup());
        }
        for (int i = 2; i < all.size(); i++) {
            Compare.same(all.get(i % 2), all.get(i), "of mode " + i / 2);
        }
    }

    @Test
    void gradientsMayComeFromOutside() {
        MultiLayerNetwork net = net(chain(ChainMode.REVERSE).build());
        DataSet data = data(5);
        INDArray expected = ChainNets.gradient(net, data);
        net.getLayer(0).setIterationCount(0); // the same step again
        net.setInput(data.getFeatures());
        net.feedForward(true, false);
        OutputLayer head = (OutputLayer) net.getLayer(1);
        head.setLabels(data.getLabels());
        INDArray dx =
                head.backpropGradient(null, LayerWorkspaceMgr.noWorkspaces()).getSecond();
        Layer chain = net.getLayer(0);
        var back = chain.backpropGradient(dx, LayerWorkspaceMgr.noWorkspaces());
        Compare.same(
                expected.reshape(-1).get(NDArrayIndex.interval(0, chain.numParams())),
                chain.getGradientsViewArray().reshape(-1),
                "gradients");
        assertEquals(data.getFeatures().shape()[1], back.getSecond().size(1));
        net.clear();
    }

    @Test
    void evaluationCountsEveryExample() {
        MultiLayerNetwork net = net(chain(ChainMode.REVERSE).build());
        net.fit(new ListDataSetIterator<>(data(11).asList(), 4), 2);
        assertEquals(6, net.getIterationCount());
        Evaluation evaluation = net.evaluate(new ListDataSetIterator<>(data(11).asList(), 4));
        assertEquals(11, evaluation.getNumRowCounter());
        INDArray whole = net.output(data(11).getFeatures()).dup();
        for (int i = 0; i < 11; i++) {
            INDArray one = net.output(data(11).getFeatures().slice(i, 0).reshape(1, ChainNets.FEATURES));
            Compare.near(whole.slice(i, 0).reshape(one.shape()), one, 2e-5, "example " + i);
        }
    }

    @Test
    void replicasTrainInParallel() throws Exception {
        MultiLayerNetwork net = net(chain(ChainMode.REVERSE).build());
        INDArray before = net.params().dup();
        try (ParallelWrapper wrapper = new ParallelWrapper.Builder<>(net)
                .workers(2)
                .prefetchBuffer(2)
                .averagingFrequency(2)
                .build()) {
            for (int epoch = 0; epoch < 2; epoch++) {
                wrapper.fit(new ListDataSetIterator<>(data(32).asList(), 4));
            }
        }
        assertFalse(Double.isNaN(net.params().sumNumber().doubleValue()));
        Compare.different(before, net.params(), "parameters");
        net.fit(data(4));
    }

    @Test
    void aChainWithoutParametersIsALayer() {
        ReversibleChain chain = new ReversibleChain.Builder()
                .subBlock(SubBlock.of("a", new ActivationLayer(Activation.TANH), new DropoutLayer(0.5)))
                .subBlock(SubBlock.of("b", new ActivationLayer(Activation.RELU)))
                .build();
        MultiLayerNetwork net = net(chain);
        net.fit(data(4));
        assertEquals(1, ((ChainHost) net.getLayer(0)).verifiedReconstructions());
        assertEquals(0, net.getLayer(0).numParams());
        assertTrue(net.summary().contains("ChainHost"));
        INDArray x = data(4).getFeatures();
        Compare.same(net.output(x), net.clone().output(x), "clone");
    }
}
