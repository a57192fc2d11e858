package org.revlayers.internal.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
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
import org.revlayers.internal.op.tokens.TokenDropOp;
import org.revlayers.op.RevOps;

class TokenDropOpTest {

    private static final double STEP = 1e-6;

    private static INDArray tokens() {
        Nd4j.getRandom().setSeed(3);
        return Nd4j.randn(DataType.DOUBLE, 2, 6, 3);
    }

    private static INDArray scores() {
        return Nd4j.createFromArray(
                new double[][] {{0.3, 0.1, 0.2, 0.05, 0.2, 0.15}, {0.1, 0.3, 0.02, 0.25, 0.13, 0.2}});
    }

    @Test
    void theHighestScoresStayInOrderAndTheOthersAreFused() {
        INDArray[] out = Nd4j.exec(new TokenDropOp(0.4, true).on(tokens(), scores()));
        assertArrayEquals(new long[] {2, 4, 3}, out[0].shape());
        assertArrayEquals(
                new int[] {2, 4, 5, 1, 3, 1, 3, 5, 4, 2}, out[1].dup('c').data().asInt());
        INDArray x = tokens();
        assertEquals(x.slice(0).getRow(2), out[0].slice(0).getRow(1));
        INDArray fused = x.slice(0)
                .getRow(5)
                .mul(0.15)
                .add(x.slice(0).getRow(1).mul(0.1))
                .add(x.slice(0).getRow(3).mul(0.05));
        assertTrue(fused.equalsWithEps(out[0].slice(0).getRow(3), 1e-12));
    }

    @Test
    void hiddenTokensAreLeftOutFirstAndWeighNothing() {
        INDArray mask = Nd4j.createFromArray(new double[][] {{1, 1, 0, 1, 1, 0}, {1, 1, 1, 1, 1, 1}});
        INDArray[] out = Nd4j.exec(new TokenDropOp(0.4, true).on(tokens(), scores(), mask));
        assertArrayEquals(
                new int[] {4, 1, 3, 2, 5}, out[1].slice(0).dup('c').data().asInt());
        assertTrue(tokens().slice(0)
                .getRow(3)
                .mul(0.05)
                .equalsWithEps(out[0].slice(0).getRow(3), 1e-12));
    }

    @ParameterizedTest
    @CsvSource({"0.4, true, false", "0.4, false, false", "0.4, true, true", "1, true, false"})
    void gradientsAreThoseOfDifferences(double keep, boolean fuse, boolean masked) {
        SameDiff sd = SameDiff.create();
        SDVariable x = sd.var("x", tokens());
        SDVariable scores = sd.var("scores", scores());
        SDVariable mask = masked
                ? sd.constant("mask", Nd4j.createFromArray(new double[][] {{1, 1, 0, 1, 1, 0}, {1, 1, 1, 1, 1, 1}}))
                : null;
        SDVariable y = RevOps.tokenDrop(x, scores, mask, keep, fuse);
        y.mul(y).mul(y.mul(0.7).add(1)).sum().rename("loss");
        sd.setLossVariables("loss");
        Map<String, INDArray> gradients = sd.calculateGradients(Map.of(), "x", "scores");
        for (String name : new String[] {"x", "scores"}) {
            INDArray value = sd.getVariable(name).getArr();
            for (long i = 0; i < value.length(); i++) {
                double own = value.getDouble(i);
                double[] loss = new double[2];
                for (int side = 0; side < 2; side++) {
                    value.putScalar(i, own + (side == 0 ? STEP : -STEP));
                    loss[side] = sd.outputSingle(Map.of(), "loss").getDouble(0);
                }
                value.putScalar(i, own);
                assertEquals(
                        (loss[0] - loss[1]) / (2 * STEP), gradients.get(name).getDouble(i), 1e-6, name + i);
            }
        }
    }

    @Test
    void whatDoesNotFitIsRefused() {
        Throwable shapes = assertThrows(
                RuntimeException.class,
                () -> Nd4j.exec(new TokenDropOp(0.5, true).on(tokens(), Nd4j.ones(DataType.DOUBLE, 2, 5))));
        assertTrue(shapes.getCause().getMessage().contains("[mb, N]"), shapes.getCause()::toString);
        String keep = assertThrows(IllegalArgumentException.class, () -> new TokenDropOp(0, true))
                .getMessage();
        assertTrue(keep.contains("(0, 1]"), keep);
    }
}
