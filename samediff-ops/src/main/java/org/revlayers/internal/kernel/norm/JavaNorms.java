package org.revlayers.internal.kernel.norm;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.function.Norm;
import org.revlayers.internal.kernel.Buffers;
import org.revlayers.internal.kernel.Parallel;
import org.revlayers.internal.kernel.Sizes;
import org.revlayers.internal.kernel.Values;

/**
 * The portable twin. Mean and variance take two passes in double. A row is normalised with its statistics as they are stored, and with
 * its sum as it is stored, so that a replay gives the same bits.
 */
final class JavaNorms implements NormKernels {

    @Override
    public void forward(NormForward call) {
        NormInput input = call.in();
        Values x = Values.of(input.x());
        Values bias = Values.of(input.bias());
        Values residual = Values.of(input.residual());
        Values sum = Values.of(input.sum());
        Affine affine = Affine.of(call.gamma(), call.beta());
        Values out = Values.of(call.y());
        Values means = Values.of(call.mean());
        Values rstds = Values.of(call.rstd());
        int cols = cols(input.x());
        Parallel.each(x.length() / cols, row -> {
            long from = row * cols;
            double[] s = x.load(from, cols);
            if (bias != null || residual != null) {
                for (int i = 0; i < cols; i++) {
                    double biased = bias == null ? s[i] : x.compute(s[i] + bias.get(i));
                    s[i] = x.stored(residual == null ? biased : x.compute(biased + residual.get(from + i)));
                }
            }
            if (sum != null) {
                sum.store(from, s);
            }
            double exactMean = call.kind() == Norm.LAYER ? mean(s) : 0;
            double centre = x.compute(exactMean);
            double scale = x.compute(1 / Math.sqrt(meanSquare(s, exactMean) + call.eps()));
            normalise(s, centre, scale, affine);
            out.store(from, s);
            if (means != null) {
                means.set(row, centre);
            }
            if (rstds != null) {
                rstds.set(row, scale);
            }
        });
    }

    @Override
    public void replay(NormReplay call) {
        Values in = Values.of(call.x());
        Values means = Values.of(call.mean());
        Values rstds = Values.of(call.rstd());
        Affine affine = Affine.of(call.gamma(), call.beta());
        Values out = Values.of(call.y());
        int cols = cols(call.x());
        Parallel.each(in.length() / cols, row -> {
            double[] s = in.load(row * cols, cols);
            normalise(s, means == null ? 0 : means.get(row), rstds.get(row), affine);
            out.store(row * cols, s);
        });
    }

    @Override
    public void backward(NormBackward call) {
        boolean layer = call.kind() == Norm.LAYER;
        Values source = Values.of(call.kept());
        Values means = layer && call.fromInput() ? Values.of(call.mean()) : null;
        Values rstds = Values.of(call.rstd());
        Values weights = Values.of(call.gamma());
        Values gradient = Values.of(call.dy());
        Values skip = Values.of(call.residual());
        Values out = Values.of(call.dx());
        int cols = cols(call.kept());
        double[] gammaSum = new double[cols];
        double[] betaSum = new double[cols];
        for (long row = 0; row < source.length() / cols; row++) {
            long from = row * cols;
            double scale = rstds.get(row);
            double[] z = source.load(from, cols);
            if (call.fromInput()) {
                normalise(z, means == null ? 0 : means.get(row), scale, Affine.NONE);
            }
            double[] g = gradient.load(from, cols);
            double meanG = 0;
            double meanGz = 0;
            for (int i = 0; i < cols; i++) {
                gammaSum[i] += g[i] * z[i];
                betaSum[i] += g[i];
                g[i] *= weights == null ? 1 : weights.get(i);
                meanG += g[i] / cols;
                meanGz += g[i] * z[i] / cols;
            }
            for (int i = 0; i < cols; i++) {
                double centred = layer ? g[i] - meanG : g[i];
                g[i] = scale * (centred - z[i] * meanGz) + (skip == null ? 0 : skip.get(from + i));
            }
            out.store(from, g);
        }
        if (call.dGamma() != null) {
            Values.of(call.dGamma()).store(0, gammaSum);
        }
        if (call.dBeta() != null) {
            Values.of(call.dBeta()).store(0, betaSum);
        }
    }

    /** gamma and beta, each or both absent. */
    private record Affine(double[] gamma, double[] beta) {
        static final Affine NONE = new Affine(null, null);

        static Affine of(INDArray gamma, INDArray beta) {
            return new Affine(all(gamma), all(beta));
        }

        private static double[] all(INDArray array) {
            return array == null ? null : Values.of(array).load(0, Sizes.exact("elements", array.length()));
        }
    }

    private static void normalise(double[] s, double mean, double rstd, Affine affine) {
        for (int i = 0; i < s.length; i++) {
            double z = (s[i] - mean) * rstd;
            double scaled = affine.gamma == null ? z : z * affine.gamma[i];
            s[i] = affine.beta == null ? scaled : scaled + affine.beta[i];
        }
    }

    private static double mean(double[] s) {
        double sum = 0;
        for (double value : s) {
            sum += value;
        }
        return sum / s.length;
    }

    private static double meanSquare(double[] s, double centre) {
        double sum = 0;
        for (double value : s) {
            sum += (value - centre) * (value - centre);
        }
        return sum / s.length;
    }

    private static int cols(INDArray x) {
        return Sizes.exact("columns", Buffers.cols(x));
    }
}
