package org.revlayers.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.weights.WeightInitRelu;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.revlayers.Lean;
import org.revlayers.chain.ChainHost;
import org.revlayers.convert.Conversion;
import org.revlayers.convert.ConversionReport;
import org.revlayers.keep.Memory;
import org.revlayers.layers.Compare;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.reversible.StreamType;

/** DL4J's own ResNet-50 with random weights, as a user has it, to chains and back. */
class ZooResNet50Test {

    /** The smallest on which its 3x3 pooling behind 32-fold reduction has an output. */
    private static final int SIDE = 96;

    /** Behind 49 convolutions, in other hosts than DL4J's, relative to the largest feature. */
    private static final double ROUNDING = 1e-5;

    private static INDArray features(ComputationGraph net, INDArray x) {
        return net.feedForward(x, false).get("avgpool");
    }

    @Test
    void becomesChainsAndComesBack() {
        ComputationGraph net = org.deeplearning4j.zoo.model.ResNet50.builder()
                .numClasses(5)
                .inputShape(new int[] {3, SIDE, SIDE})
                .weightInit(new WeightInitRelu())
                .updater(new Sgd(1e-3))
                .build()
                .init();
        INDArray x = Nd4j.concat(
                0, RealWeightsTest.image(SIDE), RealWeightsTest.image(SIDE).mul(-0.5));
        DataSet data = new DataSet(x, Nd4j.eye(5).getRows(1, 4));
        net.fit(data); // running statistics of the data
        Conversion<ComputationGraph> result = Lean.convert(net, Memory.reversible());
        ConversionReport report = result.report();
        assertEquals(
                List.of(2, 3, 5, 2),
                report.chains().stream().map(ConversionReport.Unit::subBlocks).toList());
        assertEquals(
                4,
                report.left().stream()
                        .filter(left -> !left.reason().equals("in no block of a chain"))
                        .count(),
                "a projection in each stage: " + report);
        ComputationGraph plain = Lean.convert(
                        net,
                        Memory.reversible(CoefficientSchedule.constant(1, 0))
                                .mode(ChainMode.CHECKPOINT)
                                .streams(StreamType.FLOAT))
                .network();
        INDArray expected = features(net, x); // the softmax of random weights is 0 or 1 whatever happens
        double largest = expected.amaxNumber().doubleValue();
        Compare.near(expected, features(plain, x), ROUNDING * largest, "features at (1, 0)");
        assertTrue(
                features(result.network(), x).sub(expected).amaxNumber().doubleValue() > 100 * ROUNDING * largest,
                "1/8 of the state before must show");
        ComputationGraph back = Lean.restore(result.network());
        Compare.same(net.params(), back.params(), "parameters");
        Compare.same(net.outputSingle(x), back.outputSingle(x), "output");
        ComputationGraph chains = result.network();
        INDArray before = chains.params().dup();
        chains.fit(data);
        Compare.different(before, chains.params(), "parameters after a step");
        assertTrue(Double.isFinite(chains.params().sumNumber().doubleValue()), "finite parameters");
        for (ConversionReport.Unit chain : report.chains()) {
            assertEquals(1, ((ChainHost) chains.getLayer(chain.name())).verifiedReconstructions(), chain.name());
        }
    }
}
