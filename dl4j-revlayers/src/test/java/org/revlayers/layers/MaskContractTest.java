package org.revlayers.layers;

import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.List;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Masked tokens influence nothing: not the other tokens, not the mean, not the parameters. */
class MaskContractTest {

    /** The first example shows all tokens, the second the first three. */
    private static INDArray mask() {
        return Nd4j.createFromArray(new float[][] {{1, 1, 1, 1, 1}, {1, 1, 1, 0, 0}});
    }

    private static INDArray withOtherHiddenTokens(INDArray x) {
        INDArray other = x.dup();
        other.get(NDArrayIndex.point(1), NDArrayIndex.interval(3, 5), NDArrayIndex.all())
                .muli(-3)
                .addi(1);
        return other;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("org.revlayers.layers.LayerCase#onTokens")
    void hiddenTokensDoNotReachShownOnes(LayerCase layerCase) {
        MultiLayerNetwork net = layerCase.net();
        INDArray x = layerCase.data(2, 1).getFeatures();
        List<INDArray> one = masked(net, x);
        List<INDArray> two = masked(net, withOtherHiddenTokens(x));
        int tested = 2; // activations: input, first, tested, pooling, output
        Compare.same(shown(one.get(tested), 0, 5), shown(two.get(tested), 0, 5), "example without hidden tokens");
        Compare.same(shown(one.get(tested), 1, 3), shown(two.get(tested), 1, 3), "shown tokens");
        Compare.same(one.get(3), two.get(3), "mean");
        Compare.same(one.get(4), two.get(4), "output");
        if (one.get(tested).size(1) < x.size(1)) {
            return; // how many tokens stay is a matter of how many there are, hidden or not
        }
        // Shown tokens alone, without a mask, are the same network.
        INDArray alone = net.output(shown(x, 1, 3).dup('c'), false);
        Compare.near(
                alone, two.get(4).get(NDArrayIndex.interval(1, 2)), Tolerances.FLOAT_ORDER, "without hidden tokens");
    }

    private static List<INDArray> masked(MultiLayerNetwork net, INDArray x) {
        return net.feedForward(x, mask(), null);
    }

    private static INDArray shown(INDArray x, int example, int tokens) {
        return x.get(
                NDArrayIndex.interval(example, example + 1),
                NDArrayIndex.interval(0, Math.min(tokens, x.size(1))),
                NDArrayIndex.all());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("org.revlayers.layers.LayerCase#onTokens")
    void hiddenTokensDoNotReachGradients(LayerCase layerCase) {
        DataSet data = layerCase.data(2, 1);
        MultiLayerNetwork one = layerCase.net();
        one.fit(new DataSet(data.getFeatures(), data.getLabels(), mask(), null));
        MultiLayerNetwork two = layerCase.net();
        two.fit(new DataSet(withOtherHiddenTokens(data.getFeatures()), data.getLabels(), mask(), null));
        Compare.near(one.params(), two.params(), 0, "parameters after a step");
        two = layerCase.net();
        two.fit(data);
        Compare.different(one.params(), two.params(), "without the mask, everything counts");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("org.revlayers.layers.LayerCase#onTokens")
    void aFullyHiddenExampleGivesNumbers(LayerCase layerCase) {
        MultiLayerNetwork net = layerCase.net();
        DataSet data = layerCase.data(2, 1);
        INDArray mask = Nd4j.createFromArray(new float[][] {{1, 1, 1, 1, 1}, {0, 0, 0, 0, 0}});
        net.fit(new DataSet(data.getFeatures(), data.getLabels(), mask, null));
        assertFalse(Double.isNaN(net.params().sumNumber().doubleValue()));
    }
}
