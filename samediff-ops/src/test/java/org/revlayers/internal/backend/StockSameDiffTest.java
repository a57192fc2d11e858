package org.revlayers.internal.backend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.FreshJvm;

/**
 * Stock SameDiff on our executioner, with ND4J's array cache on. M2.1 turns the order of a cached array without its strides where an op says that
 * its output is in 'f' order: xw_plus_b always, others if their inputs are.
 */
class StockSameDiffTest {

    private static final int WIDTH = 8;

    private static SameDiff graph(int depth) {
        Nd4j.getRandom().setSeed(5);
        SameDiff sd = SameDiff.create();
        SDVariable h = sd.placeHolder("x", DataType.FLOAT, -1, WIDTH);
        for (int i = 0; i < depth; i++) {
            SDVariable w =
                    sd.var("w" + i, Nd4j.randn(DataType.FLOAT, WIDTH, WIDTH).muli(0.4));
            SDVariable b = sd.var("b" + i, Nd4j.randn(DataType.FLOAT, WIDTH).muli(0.1));
            h = sd.math().tanh(sd.nn().linear(h, w, b));
        }
        h.rename("y");
        return sd;
    }

    /** The same in plain Java. */
    private static float[] expected(SameDiff sd, INDArray x, int depth) {
        double[][] h = x.castTo(DataType.DOUBLE).toDoubleMatrix();
        for (int i = 0; i < depth; i++) {
            double[][] w =
                    sd.getVariable("w" + i).getArr().castTo(DataType.DOUBLE).toDoubleMatrix();
            double[] b =
                    sd.getVariable("b" + i).getArr().castTo(DataType.DOUBLE).toDoubleVector();
            double[][] next = new double[h.length][WIDTH];
            for (int r = 0; r < h.length; r++) {
                for (int c = 0; c < WIDTH; c++) {
                    double sum = b[c];
                    for (int k = 0; k < WIDTH; k++) {
                        sum += h[r][k] * w[k][c];
                    }
                    next[r][c] = Math.tanh(sum);
                }
            }
            h = next;
        }
        float[] flat = new float[h.length * WIDTH];
        for (int i = 0; i < flat.length; i++) {
            flat[i] = (float) h[i / WIDTH][i % WIDTH];
        }
        return flat;
    }

    @Test
    void outputsOfLinearLayersAreRightInEveryCall() {
        for (int depth : new int[] {1, 2, 4}) {
            SameDiff sd = graph(depth);
            INDArray x = Nd4j.randn(DataType.FLOAT, 4, WIDTH);
            for (int call = 0; call < 3; call++) {
                assertArrayEquals(
                        expected(sd, x, depth),
                        sd.output(Map.of("x", x), "y").get("y").dup('c').data().asFloat(),
                        1e-5f,
                        depth + " layers, call " + call);
            }
        }
    }

    /** tanh(x·x + x) − x·x of a value in 'f' order. */
    @Test
    void placeholdersMayBeInAnyOrder() {
        SameDiff sd = SameDiff.create();
        SDVariable x = sd.placeHolder("x", DataType.FLOAT, 3, 2);
        SDVariable square = x.mul(x);
        sd.math().tanh(square.add(x)).sub(square).rename("y");
        float[] values = {0.1f, 0.2f, 0.3f, 0.4f, 0.5f, 0.6f};
        float[] expected = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            expected[i] = (float) Math.tanh(values[i] * values[i] + values[i]) - values[i] * values[i];
        }
        INDArray columns = Nd4j.createFromArray(values).reshape(3, 2).dup('f');
        for (int call = 0; call < 3; call++) {
            INDArray y = sd.output(Map.of("x", columns), "y").get("y");
            assertArrayEquals(expected, y.dup('c').data().asFloat(), 1e-6f, "call " + call);
        }
    }

    /** SameDiff's class reads the settings before ND4J has loaded ours. */
    @Test
    void isCarefulWhereSameDiffIsUsedFirst() throws Exception {
        FreshJvm.Result result = new FreshJvm(Map.of()).run(SameDiffFirst.class);
        assertEquals(0, result.exit(), result.output());
    }

    /** Names the factory of a graph by exit code: 0 for ours, 1 for another. */
    static final class SameDiffFirst {
        public static void main(String[] args) {
            SameDiff sd = SameDiff.create();
            Nd4j.ones(2);
            System.out.println(SameDiff.getInferenceFactory() + " of " + sd);
            System.exit(SameDiff.getInferenceFactory() instanceof CarefulInferenceFactory ? 0 : 1);
        }
    }

    /** M2.1's session takes the array of a value that it has cast for its own, and writes into it later. */
    @Test
    void leavesValuesOfAnotherTypeAlone() {
        SameDiff sd = SameDiff.create();
        sd.placeHolder("x", DataType.FLOAT, 4, 4)
                .mul(2)
                .add(1)
                .castTo(DataType.DOUBLE)
                .mul(3)
                .rename("y");
        INDArray mine = Nd4j.ones(DataType.DOUBLE, 4, 4);
        sd.output(Map.of("x", mine), "y");
        sd.output(Map.of("x", Nd4j.valueArrayOf(new long[] {4, 4}, 7.0, DataType.DOUBLE)), "y");
        assertEquals(Nd4j.ones(DataType.DOUBLE, 4, 4), mine);
    }
}
