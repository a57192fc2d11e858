package org.revlayers.internal.reversible;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.reversible.StreamType;

/** The draw of the signs, and sums sample by sample. */
class TwoStepTest {

    private static final int SAMPLES = 1000;

    private static TwoStep signs(long seed, long step) {
        return TwoStep.of(CoefficientSchedule.randomSigns(0.125).at(step), seed, step);
    }

    private static double[] gammas(TwoStep step, int block) {
        double[] gammas = new double[SAMPLES];
        Arrays.setAll(gammas, j -> step.gamma(block, j));
        return gammas;
    }

    /** Half of the signs are negative, within four standard deviations, and so are half of those that differ between any two draws. */
    @Test
    void signsAreEvenAndOfTheirOwnBySeedStepAndBlock() {
        double[] first = gammas(signs(5, 0), 1);
        double[][] others = {gammas(signs(6, 0), 1), gammas(signs(5, 1), 1), gammas(signs(5, 0), 2)};
        double bound = 4 * Math.sqrt(SAMPLES) / 2;
        assertEquals(SAMPLES / 2.0, Arrays.stream(first).filter(g -> g < 0).count(), bound);
        for (double[] other : others) {
            int differ = 0;
            for (int j = 0; j < SAMPLES; j++) {
                assertEquals(0.125, Math.abs(other[j]));
                differ += other[j] != first[j] ? 1 : 0;
            }
            assertEquals(SAMPLES / 2.0, differ, bound);
        }
        assertArrayEquals(first, gammas(signs(5, 0), 1));
    }

    @Test
    void theFirstSubBlockIsPlainAndOneGammaIsThatOfAllOthers() {
        TwoStep one = TwoStep.of(CoefficientSchedule.twoStep(0.5).at(3), 5, 3);
        for (int j = 0; j < 9; j++) {
            assertEquals(0, one.gamma(0, j));
            assertEquals(0, signs(5, 3).gamma(0, j));
            assertEquals(0.5, one.gamma(7, j));
        }
        assertNull(TwoStep.of(CoefficientSchedule.over(10).at(0), 5, 3));
    }

    private static INDArray array(DataType type, double scale) {
        return Transforms.sin(Nd4j.linspace(DataType.DOUBLE, 0, 40 * scale, 7 * 3 * 2))
                .reshape('c', 7, 3, 2)
                .castTo(type);
    }

    /** Runs of samples with equal signs give what each sample alone does. */
    @ParameterizedTest
    @EnumSource(TwoStep.Edge.class)
    void sumsAreThoseOfTheFormulaSampleBySample(TwoStep.Edge edge) {
        TwoStep step = signs(11, 4);
        INDArray f = array(DataType.DOUBLE, 1);
        INDArray u = array(DataType.DOUBLE, 0.7);
        INDArray dy = array(DataType.DOUBLE, 0.3);
        INDArray g = f.dup('c');
        step.join(2, edge, g, u);
        INDArray df = f.ulike();
        step.joinBackward(2, f, df);
        INDArray dx = f.ulike();
        step.before(2, edge, f, u, dy, dx);
        INDArray du = f.dup('c');
        step.edgeBackward(2, edge, du, u);
        boolean both = false;
        for (int j = 0; j < 7; j++) {
            double gamma = step.gamma(2, j);
            double e = edge == TwoStep.Edge.AROUND ? 1 - gamma : edge == TwoStep.Edge.INSIDE ? -2 * gamma : 0;
            both |= gamma != step.gamma(2, 0);
            for (int k = 0; k < 6; k++) {
                int[] at = {j, k / 2, k % 2};
                double weighed = (1 + gamma) * f.getDouble(at);
                double passed = f.getDouble(at) + e * u.getDouble(at);
                assertEquals(weighed + e * u.getDouble(at), g.getDouble(at), 1e-14);
                assertEquals(weighed, df.getDouble(at), 1e-14);
                assertEquals(passed + step.gamma(3, j) * dy.getDouble(at), dx.getDouble(at), 1e-14);
                assertEquals(passed, du.getDouble(at), 1e-14);
            }
        }
        assertTrue(both, "samples of both signs");
    }

    /** What {@code turn} does to y it takes back; of integers as of numbers. */
    @ParameterizedTest
    @EnumSource(StreamType.class)
    void turningTwiceChangesNothing(StreamType type) {
        INDArray x = array(DataType.DOUBLE, 1).muli(1000).castTo(type.getDataType());
        INDArray y = array(DataType.DOUBLE, 0.4).muli(1000).castTo(type.getDataType());
        INDArray before = y.dup('c');
        Streams streams = Streams.of(type, 20, null);
        streams.set(x, y);
        TwoStep step = signs(11, 4);
        step.turn(1, streams);
        assertFalse(before.equals(y));
        for (int j = 0; j < 7; j++) {
            boolean turned = step.gamma(2, j) < 0;
            assertEquals(turned ? before.slice(j).neg() : before.slice(j), y.slice(j), "sample " + j);
        }
        step.turn(1, streams);
        assertEquals(before, y);
    }
}
