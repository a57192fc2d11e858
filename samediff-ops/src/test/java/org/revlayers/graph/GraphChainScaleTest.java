package org.revlayers.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.reversible.StreamMerge;
import org.revlayers.reversible.StreamStart;

/** S of integer streams, chosen on a sample. */
class GraphChainScaleTest {

    private final SameDiff sd = SameDiff.create();
    private final SDVariable x = sd.placeHolder("x", DataType.FLOAT, -1, 2);

    private static Map<String, INDArray> sample(double... values) {
        return Map.of("x", Nd4j.createFromArray(values).castTo(DataType.FLOAT).reshape(1, -1));
    }

    /** x₁ = 2x + α·x + β·x, and the input of the op is 3 times the placeholder. */
    private GraphChain chain(CoefficientSchedule coefficients) {
        return GraphChain.in(sd, "chain").coefficients(coefficients).then("f", (g, u) -> u.mul(2));
    }

    @ParameterizedTest
    @CsvSource({
        "0.001, 20", // never finer
        "1, 20", // 9 of 2⁴, 64·2⁴ of 2³¹⁻²⁰ = 2¹¹
        "3, 20", // 27 of 2⁵
        "4, 19", // 36 of 2⁶
        "-1000, 11", // 9000 of 2¹⁴
        "1e7, 0" // 9e7 of 2²⁷: less than 64 times of room is left
    })
    void leavesRoomForSixtyFourTimesTheSample(double largest, int scale) {
        GraphChain chain = chain(CoefficientSchedule.constant(0, 1)).scaleFrom(sample(0, largest));
        chain.of(x.mul(3));
        assertEquals(scale, chain.scale());
    }

    @Test
    void allCoefficientsCount() {
        GraphChain chain = chain(CoefficientSchedule.linear(0, 1, 4, 1, 8)).scaleFrom(sample(0, 3));
        chain.of(x.mul(3)); // 27 at first, 63 in the end
        assertEquals(19, chain.scale());
    }

    @Test
    void aNetworkOfLargeActivationsRunsAndStillStopsBeyondTheRange() {
        assertThrows(
                ArithmeticException.class,
                () -> chain(CoefficientSchedule.constant(0, 1)).of(x).eval(sample(1, 5000)));
        SDVariable y = GraphChain.in(sd, "scaled")
                .then("f", (g, u) -> u.mul(2))
                .scaleFrom(sample(1, 5000))
                .of(x);
        assertEquals(sample(3, 15000).get("x"), y.eval(sample(1, 5000)));
        String message = assertThrows(ArithmeticException.class, () -> y.eval(sample(1, 5e6)))
                .getMessage();
        assertTrue(message.contains("the range of its integer streams at 11 bits"), message);
    }

    @Test
    void aSampleThatCannotServeIsRefused() {
        String message = assertThrows(ArithmeticException.class, () -> chain(CoefficientSchedule.constant(0, 1))
                        .scaleFrom(sample(1, Double.NaN))
                        .of(x))
                .getMessage();
        assertTrue(message.contains("chain \"chain\", its input: the range of its streams cannot be chosen"), message);
        message = assertThrows(IllegalArgumentException.class, () -> chain(CoefficientSchedule.constant(0, 1))
                        .scaleFrom(Map.of())
                        .of(x))
                .getMessage();
        assertTrue(message.contains("no value for placeholder \"x\""), message);
        message = assertThrows(IllegalArgumentException.class, () -> chain(CoefficientSchedule.constant(0, 1))
                        .mode(ChainMode.STORE)
                        .scaleFrom(sample(1, 2))
                        .of(x))
                .getMessage();
        assertTrue(message.contains("chooses no scale in STORE"), message);
    }

    /** Coefficients that move, a split, and r: the run on the sample goes the chain's own way. */
    @Test
    void worksWithAllTheOptions() {
        GraphChain chain = GraphChain.in(sd, "chain")
                .coefficients(CoefficientSchedule.linear(1, 0.125, 0.25, 0.75, 4))
                .start(StreamStart.SPLIT)
                .merge(StreamMerge.CONCAT)
                .then("f", (g, u) -> g.nn().relu(u, 0), (g, u) -> u.mul(100))
                .scaleFrom(sample(1, 7));
        SDVariable y = chain.of(x);
        assertEquals(15, chain.scale()); // 100·7 + 7 + 1 = 708 of 2¹⁰
        assertEquals(sample(0.875, 708).get("x"), y.eval(sample(1, 7)));
    }
}
