package org.revlayers.kernel.norm;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.kernel.KernelArguments;
import org.revlayers.kernel.Kernels;
import org.revlayers.kernel.Parallel;
import org.revlayers.kernel.Sizes;
import org.revlayers.kernel.Values;

/**
 * LayerNorm and RMSNorm. Mean and variance take two passes in double. A row is normalised with its statistics as they are stored, and with
 * its sum as it is stored, so that a replay gives the same bits. Formulas: {@link Kernels}.
 */
public final class JavaNorms {

    private JavaNorms() {}

    public static void forward(
            Norm kind,
            double eps,
            NormInput input,
            INDArray gamma,
            INDArray beta,
            INDArray y,
            INDArray mean,
            INDArray rstd) {
        Values x = Values.of(input.x());
        Values bias = Values.of(input.bias());
        Values residual = Values.of(input.residual());
        Values sum = Values.of(input.sum());
        Affine affine = Affine.of(gamma, beta);
        Values out = Values.of(y);
        Values means = Values.of(mean);
        Values rstds = Values.of(rstd);
        int cols = Sizes.exact("columns", KernelArguments.cols(input.x()));
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
            double exactMean = kind == Norm.LAYER ? mean(s) : 0;
            double centre = x.compute(exactMean);
            double scale = x.compute(1 / Math.sqrt(meanSquare(s, exactMean) + eps));
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

    public static void replay(INDArray x, INDArray mean, INDArray rstd, INDArray gamma, INDArray beta, INDArray y) {
        Values in = Values.of(x);
        Values means = Values.of(mean);
        Values rstds = Values.of(rstd);
        Affine affine = Affine.of(gamma, beta);
        Values out = Values.of(y);
        int cols = Sizes.exact("columns", KernelArguments.cols(x));
        Parallel.each(in.length() / cols, row -> {
            double[] s = in.load(row * cols, cols);
            normalise(s, means == null ? 0 : means.get(row), rstds.get(row), affine);
            out.store(row * cols, s);
        });
    }

    public static void backward(
            Norm kind,
            boolean fromInput,
            INDArray kept,
            INDArray mean,
            INDArray rstd,
            INDArray gamma,
            INDArray dy,
            INDArray residual,
            INDArray dx,
            INDArray dGamma,
            INDArray dBeta) {
        Values source = Values.of(kept);
        Values means = kind == Norm.LAYER && fromInput ? Values.of(mean) : null;
        Values rstds = Values.of(rstd);
        Values weights = Values.of(gamma);
        Values gradient = Values.of(dy);
        Values skip = Values.of(residual);
        Values out = Values.of(dx);
        int cols = Sizes.exact("columns", KernelArguments.cols(kept));
        double[] gammaSum = new double[cols];
        double[] betaSum = new double[cols];
        for (long row = 0; row < source.length() / cols; row++) {
            long from = row * cols;
            double scale = rstds.get(row);
            double[] z = source.load(from, cols);
            if (fromInput) {
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
                double centred = kind == Norm.LAYER ? g[i] - meanG : g[i];
                g[i] = scale * (centred - z[i] * meanGz) + (skip == null ? 0 : skip.get(from + i));
            }
            out.store(from, g);
        }
        if (dGamma != null) {
            Values.of(dGamma).store(0, gammaSum);
        }
        if (dBeta != null) {
            Values.of(dBeta).store(0, betaSum);
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
        return Sizes.exact("columns", KernelArguments.cols(x));
    }
}
