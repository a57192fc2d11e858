package org.revlayers.internal.kernel.norm;

import static org.revlayers.internal.kernel.TestArrays.assertGradient;
import static org.revlayers.internal.kernel.TestArrays.assertSame;
import static org.revlayers.internal.kernel.TestArrays.assertWithin;
import static org.revlayers.internal.kernel.TestArrays.blank;
import static org.revlayers.internal.kernel.TestArrays.doubles;
import static org.revlayers.internal.kernel.TestArrays.floats;
import static org.revlayers.internal.kernel.TestArrays.like;
import static org.revlayers.internal.kernel.TestArrays.random;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.revlayers.Tolerances;
import org.revlayers.function.Norm;
import org.revlayers.internal.kernel.Buffers;

/** The portable norms against ND4J's own arithmetic and against differences. */
class NormReferenceTest {

    private static final double EPS = 1e-5;
    private static final int ROWS = 6;
    private static final int COLS = 11;

    private final NormKernels kernels = NormKernels.portable();
    private final INDArray gamma = doubles(8, COLS);
    private final INDArray beta = doubles(9, COLS);

    @ParameterizedTest
    @EnumSource(Norm.class)
    void forwardIsTheFormula(Norm kind) {
        INDArray x = doubles(1, ROWS, COLS).add(0.5);
        INDArray bias = doubles(2, COLS);
        INDArray residual = doubles(3, ROWS, COLS);
        INDArray sum = like(x);
        INDArray y = like(x);
        INDArray mean = kind == Norm.LAYER ? blank(DataType.DOUBLE, ROWS) : null;
        INDArray rstd = blank(DataType.DOUBLE, ROWS);
        kernels.forward(new NormForward(kind, EPS, new NormInput(x, bias, residual, sum), gamma, beta, y, mean, rstd));

        INDArray s = x.addRowVector(bias).add(residual);
        INDArray centre = kind == Norm.LAYER ? s.mean(true, 1) : Nd4j.zeros(DataType.DOUBLE, ROWS, 1);
        INDArray centred = s.subColumnVector(centre);
        INDArray root = Transforms.sqrt(centred.mul(centred).mean(true, 1).add(EPS));
        INDArray z = centred.divColumnVector(root);
        assertWithin(s, sum, Tolerances.DOUBLE_SUM, "sum");
        assertWithin(root.rdiv(1), rstd, Tolerances.DOUBLE_SUM, "rstd");
        assertWithin(z.mulRowVector(gamma).addRowVector(beta), y, Tolerances.DOUBLE_SUM, "y");
        if (mean != null) {
            assertWithin(centre, mean, Tolerances.DOUBLE_SUM, "mean");
        }
    }

    @ParameterizedTest
    @CsvSource({"LAYER,FLOAT", "LAYER,DOUBLE", "LAYER,HALF", "RMS,FLOAT", "RMS,DOUBLE", "RMS,HALF"})
    void replayGivesTheSameBits(Norm kind, DataType type) {
        DataType statistic = Buffers.statistic(type);
        INDArray x = random(type, 1, 33, 197);
        INDArray residual = random(type, 2, 33, 197);
        INDArray weight = random(type, 3, 197);
        INDArray sum = like(x);
        INDArray y = like(x);
        INDArray again = like(x);
        INDArray mean = kind == Norm.LAYER ? blank(statistic, 33) : null;
        INDArray rstd = blank(statistic, 33);
        kernels.forward(
                new NormForward(kind, EPS, new NormInput(x, weight, residual, sum), weight, weight, y, mean, rstd));
        kernels.replay(new NormReplay(sum, mean, rstd, weight, weight, again));
        assertSame(y, again, kind + " " + type + " replay");
    }

    @ParameterizedTest
    @CsvSource({"LAYER,true", "LAYER,false", "RMS,true", "RMS,false"})
    void backwardAgreesWithDifferences(Norm kind, boolean fromInput) {
        INDArray x = doubles(1, ROWS, COLS);
        INDArray dy = doubles(2, ROWS, COLS);
        INDArray skip = doubles(3, ROWS, COLS);
        INDArray z = like(x);
        INDArray mean = kind == Norm.LAYER ? blank(DataType.DOUBLE, ROWS) : null;
        INDArray rstd = blank(DataType.DOUBLE, ROWS);
        kernels.forward(NormForward.of(kind, EPS, NormInput.of(x), z).statistics(mean, rstd));
        INDArray dx = like(x);
        INDArray dGamma = like(gamma);
        INDArray dBeta = like(beta);
        INDArray kept = fromInput ? x : z;
        kernels.backward(new NormBackward(kind, fromInput, kept, mean, rstd, gamma, dy, skip, dx, dGamma, dBeta));

        // The skip path carries x itself, with gradient skip.
        assertGradient(
                at -> loss(kind, at, gamma, beta, dy) + at.mul(skip).sumNumber().doubleValue(), x, dx, "dx");
        assertGradient(at -> loss(kind, x, at, beta, dy), gamma, dGamma, "dGamma");
        assertGradient(at -> loss(kind, x, gamma, at, dy), beta, dBeta, "dBeta");
    }

    private double loss(Norm kind, INDArray x, INDArray weight, INDArray shift, INDArray dy) {
        INDArray y = like(x);
        kernels.forward(NormForward.of(kind, EPS, NormInput.of(x), y).affine(weight, shift));
        return y.mul(dy).sumNumber().doubleValue();
    }

    @Test
    void layerGradientIsOrthogonalToConstantsAndToTheOutput() {
        INDArray x = doubles(1, ROWS, COLS).mul(100); // the variance is far above eps
        INDArray z = like(x);
        INDArray rstd = blank(DataType.DOUBLE, ROWS);
        INDArray dx = like(x);
        kernels.forward(NormForward.of(Norm.LAYER, EPS, NormInput.of(x), z).statistics(null, rstd));
        INDArray dy = doubles(2, ROWS, COLS);
        kernels.backward(NormBackward.ofOutput(Norm.LAYER, z, rstd, dy, dx));
        INDArray zeros = Nd4j.zeros(DataType.DOUBLE, ROWS);
        assertWithin(zeros, z.mean(1), Tolerances.DOUBLE_SUM, "mean of z");
        assertWithin(zeros.add(1), z.mul(z).mean(1), 1e-8, "variance of z: eps over the variance is below 1e-8");
        assertWithin(zeros, dx.sum(1), Tolerances.DOUBLE_SUM, "sum of dx");
        assertWithin(zeros, dx.mul(z).sum(1), 1e-8, "sum of dx times z: eps over the variance is below 1e-8");
    }

    @Test
    void inPlaceFormsGiveTheSame() {
        INDArray x = floats(1, ROWS, COLS);
        INDArray dy = floats(2, ROWS, COLS);
        INDArray y = like(x);
        INDArray rstd = blank(DataType.FLOAT, ROWS);
        INDArray dx = like(x);
        kernels.forward(NormForward.of(Norm.RMS, EPS, NormInput.of(x), y).statistics(null, rstd));
        kernels.backward(NormBackward.ofOutput(Norm.RMS, y, rstd, dy, dx).plus(dy));
        INDArray over = x.dup('c');
        INDArray gradient = dy.dup('c');
        kernels.forward(NormForward.of(Norm.RMS, EPS, NormInput.of(over), over));
        kernels.backward(
                NormBackward.ofOutput(Norm.RMS, y, rstd, gradient, gradient).plus(gradient));
        assertSame(y, over, "y over x");
        assertSame(dx, gradient, "dx over dy and residual");
    }
}
