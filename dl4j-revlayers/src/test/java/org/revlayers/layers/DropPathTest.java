package org.revlayers.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Drop path is a function of seed, iteration, layer and branch; it drops whole branches of examples and keeps their mean. */
class DropPathTest {

    private static LayerCase block(double p) {
        return LayerCase.tokens("block", () -> LayerCase.block().dropPath(p).build());
    }

    private static INDArray forward(double p, long seed, int iteration, boolean training) {
        MultiLayerNetwork net = block(p).net(DataType.DOUBLE, o -> {});
        Layer layer = net.getLayer(1);
        layer.conf().setSeed(seed);
        layer.setIterationCount(iteration);
        Nd4j.getRandom().setSeed(5);
        INDArray x = Nd4j.randn(DataType.DOUBLE, 64, LayerCase.TOKENS, LayerCase.FEATURES);
        layer.setInput(x, LayerWorkspaceMgr.noWorkspaces());
        INDArray y = layer.activate(training, LayerWorkspaceMgr.noWorkspaces()).sub(x);
        layer.clear();
        return y;
    }

    @Test
    void replaysForTheSameSeedAndIteration() {
        INDArray y = forward(0.5, 1, 3, true);
        Compare.same(y, forward(0.5, 1, 3, true), "again");
        Compare.different(y, forward(0.5, 1, 4, true), "another iteration");
        Compare.different(y, forward(0.5, 2, 3, true), "another seed");
        Compare.same(forward(0, 1, 3, true), forward(0.5, 1, 3, false), "inference drops nothing");
    }

    @Test
    void dropsBothBranchesOfAQuarterOfTheExamples() {
        INDArray y = forward(0.5, 1, 3, true);
        int untouched = 0;
        for (int i = 0; i < 64; i++) {
            untouched += y.slice(i).amaxNumber().doubleValue() == 0 ? 1 : 0;
        }
        // Binomial with n 64, p 1/4: mean 16, standard deviation 3.5; four of them either way.
        int count = untouched;
        assertTrue(count >= 2 && count <= 30, () -> count + " of 64 examples keep neither branch");
    }

    @Test
    void trainingReplaysWithTheNetworksSeed() {
        LayerCase layerCase = block(0.5);
        INDArray first = train(layerCase);
        Compare.same(first, train(layerCase), "again");
        Compare.different(first, train(block(0)), "without drop path");
    }

    private static INDArray train(LayerCase layerCase) {
        MultiLayerNetwork net = layerCase.net();
        for (int i = 0; i < 3; i++) {
            net.fit(layerCase.data(4, 1));
        }
        assertEquals(3, net.getIterationCount());
        return net.params();
    }
}
