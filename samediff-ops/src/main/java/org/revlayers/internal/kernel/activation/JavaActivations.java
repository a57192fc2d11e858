package org.revlayers.internal.kernel.activation;

import java.util.function.DoubleUnaryOperator;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.function.Curve;
import org.revlayers.internal.kernel.PackedBits;
import org.revlayers.internal.kernel.Parallel;
import org.revlayers.internal.kernel.Values;

/** The portable twin. */
final class JavaActivations implements ActivationKernels {

    private static final double TANH_SCALE = Math.sqrt(2 / Math.PI);
    private static final double TANH_CUBIC = 0.044715;

    @Override
    public void forward(ActivationForward call) {
        Values in = Values.of(call.x());
        Values added = Values.of(call.bias());
        Values kept = Values.of(call.pre());
        Values out = Values.of(call.y());
        PackedBits codes = PackedBits.codes(call.code());
        DoubleUnaryOperator value = value(call.curve());
        double[] knots = call.curve().getKnots();
        double c1 = in.compute(knots[0]);
        double c2 = in.compute(knots[1]);
        double c3 = in.compute(knots[2]);
        Parallel.chunks(in.length(), (from, count) -> {
            double[] u = in.load(from, count);
            if (added != null) {
                for (int i = 0; i < count; i++) {
                    u[i] = in.compute(u[i] + added.get((from + i) % added.length()));
                }
            }
            if (codes != null) {
                byte[] values = new byte[count];
                for (int i = 0; i < count; i++) {
                    values[i] = (byte) ((u[i] > c1 ? 1 : 0) + (u[i] > c2 ? 1 : 0) + (u[i] > c3 ? 1 : 0));
                }
                codes.store(from, values);
            }
            if (kept != null) {
                kept.store(from, u);
            }
            for (int i = 0; i < count; i++) {
                u[i] = value.applyAsDouble(u[i]);
            }
            out.store(from, u);
        });
    }

    @Override
    public void backward(Curve curve, INDArray x, INDArray dy, INDArray dx) {
        Values in = Values.of(x);
        DoubleUnaryOperator derivative = derivative(curve);
        gradient(dy, dx, (k, g) -> g * derivative.applyAsDouble(in.get(k)));
    }

    @Override
    public void codeBackward(Curve curve, INDArray code, INDArray dy, INDArray dx) {
        PackedBits codes = PackedBits.codes(code);
        Values gradient = Values.of(dy);
        double[] levels = new double[4];
        for (int i = 0; i < levels.length; i++) {
            levels[i] = gradient.compute(curve.level(i));
        }
        gradient(dy, dx, (k, g) -> g * levels[codes.get(k)]);
    }

    @Override
    public void relu(INDArray x, INDArray y, INDArray mask) {
        Values in = Values.of(x);
        Values out = Values.of(y);
        PackedBits bits = PackedBits.mask(mask);
        Parallel.chunks(x.length(), (from, count) -> {
            double[] values = in.load(from, count);
            byte[] positive = new byte[count];
            for (int i = 0; i < count; i++) {
                positive[i] = (byte) (values[i] > 0 ? 1 : 0);
                values[i] = values[i] <= 0 ? 0 : values[i];
            }
            if (bits != null) {
                bits.store(from, positive);
            }
            out.store(from, values);
        });
    }

    @Override
    public void reluBackward(INDArray y, INDArray dy, INDArray dx) {
        Values output = Values.of(y);
        gradient(dy, dx, (k, g) -> output.get(k) > 0 ? g : 0);
    }

    @Override
    public void maskBackward(INDArray mask, double scale, INDArray dy, INDArray dx) {
        PackedBits bits = PackedBits.mask(mask);
        double factor = Values.of(dy).compute(scale);
        gradient(dy, dx, (k, g) -> bits.get(k) != 0 ? g * factor : 0);
    }

    @Override
    public void dropout(INDArray x, double p, long seed, INDArray y, INDArray mask) {
        Values in = Values.of(x);
        Values out = Values.of(y);
        PackedBits bits = PackedBits.mask(mask);
        long threshold = (long) (p * 0x1p32);
        double factor = in.compute(1 / (1 - p));
        Parallel.chunks(x.length(), (from, count) -> {
            int[] words = new int[4];
            double[] values = in.load(from, count);
            byte[] kept = new byte[count];
            for (int i = 0; i < count; i++) {
                if (i % 4 == 0) {
                    Philox.words(seed, (from + i) / 4, words);
                }
                kept[i] = (byte) (Integer.toUnsignedLong(words[i % 4]) >= threshold ? 1 : 0);
                values[i] = kept[i] != 0 ? values[i] * factor : 0;
            }
            if (bits != null) {
                bits.store(from, kept);
            }
            out.store(from, values);
        });
    }

    /** h. Minus infinity gives NaN, −∞·0, as the formulas say. */
    static DoubleUnaryOperator value(Curve curve) {
        return switch (curve) {
            case GELU -> u -> u * Gaussian.cumulative(u);
            case GELU_TANH -> u -> u * logistic(tanhArgument(u));
            case SILU -> u -> u * logistic(u);
        };
    }

    /** h', with its limits 0 and 1 at ±∞, where the formula would multiply an infinity by zero. */
    static DoubleUnaryOperator derivative(Curve curve) {
        DoubleUnaryOperator inner = finiteDerivative(curve);
        return u -> Double.isInfinite(u) ? Math.max(0, Math.signum(u)) : inner.applyAsDouble(u);
    }

    private static DoubleUnaryOperator finiteDerivative(Curve curve) {
        return switch (curve) {
            case GELU -> u -> Gaussian.cumulative(u) + u * Gaussian.density(u);
            case GELU_TANH -> u -> {
                double v = tanhArgument(u);
                double slope = 2 * TANH_SCALE * (1 + 3 * TANH_CUBIC * u * u);
                return logistic(v) * (1 + u * slope * logistic(-v));
            };
            case SILU -> u -> logistic(u) * (1 + u * logistic(-u));
        };
    }

    /** Twice the argument of tanh: ½·(1 + tanh(w)) is logistic(2w), which keeps its relative accuracy in the lower tail. */
    private static double tanhArgument(double u) {
        return 2 * TANH_SCALE * (u + TANH_CUBIC * u * u * u);
    }

    private static double logistic(double v) {
        return 1 / (1 + Math.exp(-v));
    }

    /** What becomes of element {@code k} of the gradient, {@code g}. */
    @FunctionalInterface
    private interface Slope {
        double at(long k, double g);
    }

    private static void gradient(INDArray dy, INDArray dx, Slope slope) {
        Values gradient = Values.of(dy);
        Values out = Values.of(dx);
        Parallel.chunks(dy.length(), (from, count) -> {
            for (long k = from; k < from + count; k++) {
                out.set(k, slope.at(k, gradient.get(k)));
            }
        });
    }
}
