package org.revlayers.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.op.RevOps;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;

/** HALF chains: α·dx + β·dy + du is rounded once in every mode, also where α is no power of two, and sample by sample. */
class GraphChainHalfTest {

    private static SameDiff graph(ChainMode mode, CoefficientSchedule coefficients) {
        Nd4j.getRandom().setSeed(17);
        SameDiff sd = SameDiff.create();
        SDVariable x = sd.var("x", Nd4j.randn(DataType.FLOAT, 5, 8).castTo(DataType.FLOAT16));
        GraphChain chain = GraphChain.in(sd, "chain").coefficients(coefficients).mode(mode);
        for (int i = 0; i < 4; i++) {
            chain.then(
                    "f" + i,
                    (g, u) -> RevOps.gelu(
                            u.mul(g.var("w", Nd4j.rand(DataType.FLOAT, 8).castTo(DataType.FLOAT16)))));
        }
        SDVariable y = chain.of(x.mul(1.5));
        SDVariable weights =
                sd.constant("weights", Nd4j.rand(DataType.FLOAT, 5, 8).castTo(DataType.FLOAT16));
        sd.setLossVariables(y.mul(weights).sum("loss"));
        return sd;
    }

    private static INDArray gradient(ChainMode mode, CoefficientSchedule coefficients) {
        return graph(mode, coefficients).calculateGradients(Map.of(), "x").get("x");
    }

    @Test
    void gradientsAreTheSameBitsInEveryMode() {
        for (CoefficientSchedule c : List.of(
                CoefficientSchedule.momentum(0.875),
                CoefficientSchedule.momentum(0.3125),
                CoefficientSchedule.randomSigns(0.3125),
                CoefficientSchedule.twoStep(0.5),
                CoefficientSchedule.constant(0.75, 0.25),
                CoefficientSchedule.constant(1, 0.125))) {
            INDArray reverse = gradient(ChainMode.REVERSE, c);
            assertEquals(reverse, gradient(ChainMode.CHECKPOINT, c), c.toString());
            INDArray store = gradient(ChainMode.STORE, c);
            assertEquals(0, reverse.sub(store).amaxNumber().doubleValue(), c.toString());
        }
    }
}
