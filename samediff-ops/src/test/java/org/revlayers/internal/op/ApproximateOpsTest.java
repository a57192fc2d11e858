package org.revlayers.internal.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.revlayers.function.Curve;
import org.revlayers.op.RevOps;

/** The ops whose gradient is approximate by design, against their own formula, and against the exact gradient as a bound. */
class ApproximateOpsTest {

    @ParameterizedTest
    @CsvSource({"GELU,FLOAT", "GELU,DOUBLE", "SILU,FLOAT", "SILU,DOUBLE"})
    void gradientIsTheLevelOfTheCode(Curve curve, DataType type) {
        INDArray x = Nd4j.randn(type, 7, 33).muli(3);
        INDArray weights = Nd4j.rand(type, 7, 33);
        INDArray dx = gradient(curve, false, x, weights);
        double[] knots = curve.getKnots();
        for (int i = 0; i < x.length(); i++) {
            double u = x.data().getDouble(i);
            int code = 0;
            for (double knot : knots) {
                code += u > knot ? 1 : 0;
            }
            double expected = weights.data().getDouble(i) * curve.level(code);
            assertEquals(expected, dx.data().getDouble(i), 1e-6 * Math.abs(expected), "element " + i);
        }
    }

    @ParameterizedTest
    @CsvSource({"GELU,FLOAT", "GELU,DOUBLE", "SILU,FLOAT", "SILU,DOUBLE"})
    void forwardIsExact(Curve curve, DataType type) {
        INDArray x = Nd4j.randn(type, 7, 33).muli(3);
        SameDiff sd = SameDiff.create();
        SDVariable v = sd.constant(x);
        SDVariable approximate = curve == Curve.GELU ? RevOps.regelu2(v) : RevOps.resilu2(v);
        SDVariable exact = curve == Curve.GELU ? RevOps.gelu(v) : RevOps.silu(v);
        assertArrayEquals(
                exact.eval().data().asDouble(), approximate.eval().data().asDouble());
    }

    @ParameterizedTest
    @CsvSource({"GELU", "SILU"})
    void gradientPointsWhereTheExactOneDoes(Curve curve) {
        INDArray x = Nd4j.randn(DataType.FLOAT, 64, 64);
        INDArray weights = Nd4j.randn(DataType.FLOAT, 64, 64);
        double cosine = Transforms.cosineSim(gradient(curve, false, x, weights), gradient(curve, true, x, weights));
        assertTrue(cosine > 0.9, "cosine " + cosine);
    }

    private static INDArray gradient(Curve curve, boolean exact, INDArray x, INDArray weights) {
        SameDiff sd = SameDiff.create();
        SDVariable v = sd.var("x", x.dup());
        SDVariable y = curve == Curve.GELU
                ? exact ? RevOps.gelu(v) : RevOps.regelu2(v)
                : exact ? RevOps.silu(v) : RevOps.resilu2(v);
        sd.setLossVariables(y.mul(sd.constant(weights)).sum("loss"));
        return sd.calculateGradients(Map.of(), "x").get("x");
    }
}
