package org.revlayers.internal.layers;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.params.BatchNormalizationParamInitializer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.function.InPlaceFunction;
import org.revlayers.internal.keep.Form;
import org.revlayers.internal.keep.Kept;
import org.revlayers.internal.keep.Prediction;
import org.revlayers.internal.kernel.Buffers;
import org.revlayers.internal.kernel.HostNumbers;
import org.revlayers.internal.kernel.channel.ChannelBackward;
import org.revlayers.internal.kernel.channel.ChannelKernels;
import org.revlayers.internal.kernel.channel.ChannelNorm;
import org.revlayers.internal.memory.Arena;

/**
 * Batch normalisation over the second axis and a function behind it, backward from their output z (In-Place Activated BatchNorm), or from their input.
 *
 * <pre>
 *   x̂ = (x − mean)·r,  r = 1/√(variance + eps)      v = gamma·x̂ + beta      z = f(v)      {@link InPlaceFunction}
 *   dv = dz·f'(z)       x̂ = (f⁻¹(z) − beta)/gamma
 *   dBeta = Σ dv        dGamma = Σ dv·x̂
 *   dx = gamma·r·(dv − mean(dv) − x̂·mean(dv·x̂)), or gamma·r·dv for frozen statistics
 * </pre>
 *
 * <p>Gamma may have any sign. Kept: mean and variance per channel, for those of the batch; and of {@link UntoldChannels} x̂.
 *
 * <p>Source: arXiv 1712.02616, where gamma is |gamma| + eps.
 */
public final class InPlaceNorm {

    private static final String MEAN = "mean";
    private static final String VARIANCE = "variance";

    private final BatchNormalization layer;
    private final InPlaceRule rule;
    private final InPlaceCurve curve;
    private final Function<String, INDArray> gradients;
    private final boolean fromInput;
    private final NormAffine affine;
    private final RunningStatistics statistics;
    private final UntoldChannels channels;

    /**
     * Of a layer.
     *
     * @param parameters by the names of DL4J's initialiser; null in an outline
     * @param gradients  the same; null where nobody wants them
     * @param fromInput  whether backward gets the input instead of the output
     */
    public InPlaceNorm(
            BatchNormalization layer,
            InPlaceRule rule,
            Function<String, INDArray> parameters,
            Function<String, INDArray> gradients,
            boolean fromInput) {
        this.layer = layer;
        this.rule = rule;
        this.curve = new InPlaceCurve(rule);
        this.gradients = gradients;
        this.fromInput = fromInput;
        affine = new NormAffine(layer, parameters);
        statistics = new RunningStatistics(layer, parameters, gradients);
        channels = new UntoldChannels(affine, statistics, rule.function());
    }

    /** Throws unless the array has this layer's channels. */
    public void check(long... shape) {
        long channels = statistics.mean().length();
        if (shape.length < 2 || shape[1] != channels) {
            throw new IllegalArgumentException("batch normalisation \"" + layer.getLayerName() + "\" reads [mb, "
                    + channels + ", ...]; got " + Arrays.toString(shape)
                    + ": put a preprocessor or a layer with as many outputs in front of it");
        }
    }

    private boolean ofBatch(boolean training) {
        return training && !rule.frozenStatistics();
    }

    /** Computes z, which is not x. */
    public void forward(INDArray x, INDArray z, boolean training, Kept keep) {
        try (Arena.Scratch scratch = Arena.current().scratch()) {
            ChannelNorm norm;
            if (ofBatch(training)) {
                severalValues(x);
                norm = norm(
                        keep.take(MEAN, Form.REBUILT, Buffers.statistic(x.dataType()), x.size(1)),
                        keep.take(VARIANCE, Form.REBUILT, Buffers.statistic(x.dataType()), x.size(1)));
                ChannelKernels.get().forward(x, norm, z);
            } else {
                norm = running(scratch);
                ChannelKernels.get().replay(x, norm, z);
            }
            if (!fromInput && keep.isRead()) {
                channels.keep(x, norm, keep, scratch);
            }
            curve.apply(z);
        }
    }

    private void severalValues(INDArray x) {
        if (x.length() == x.size(1)) {
            throw new IllegalArgumentException("batch normalisation \"" + layer.getLayerName()
                    + "\" needs two values per channel or more for statistics of the batch; got one, "
                    + Arrays.toString(x.shape())
                    + ": use a larger batch, or frozenStatistics(true)");
        }
    }

    /**
     * Computes gradients after {@link #forward}, and writes the step of the running statistics.
     *
     * @param x  the input; not read unless backward gets it
     * @param z  the output; not read if backward gets the input
     * @param dx not dz
     */
    public void backward(INDArray x, INDArray z, INDArray dz, INDArray dx, boolean training, Kept keep) {
        boolean batch = ofBatch(training);
        INDArray dGamma = gradients.apply(BatchNormalizationParamInitializer.GAMMA);
        INDArray dBeta = gradients.apply(BatchNormalizationParamInitializer.BETA);
        try (Arena.Scratch scratch = Arena.current().scratch()) {
            ChannelNorm norm = batch ? norm(keep.get(MEAN), keep.get(VARIANCE)) : running(scratch);
            INDArray dv = curve.cut(fromInput ? again(x, norm, scratch) : z, dz, dx);
            INDArray in = dz; // not looked at by constant statistics without gradients of their own
            ChannelNorm of = norm;
            if (fromInput) {
                in = x;
            } else if (batch || dGamma != null) {
                List<Long> untold = channels.numbers();
                in = inverse(z, untold, keep, scratch);
                of = ofInverse(norm, untold, scratch);
            }
            ChannelKernels.get().backward(new ChannelBackward(in, of, !batch, dv, dx, dGamma, dBeta));
            if (dGamma != null && of != norm) {
                turn(dGamma);
            }
            if (gradients.apply(BatchNormalizationParamInitializer.GLOBAL_MEAN) != null) {
                statistics.step(batch ? norm : null);
            }
        }
    }

    /** z once more; null if no derivative reads it. */
    private INDArray again(INDArray x, ChannelNorm norm, Arena.Scratch scratch) {
        if (rule.function() == InPlaceFunction.IDENTITY) {
            return null;
        }
        INDArray z = scratch.take(x.dataType(), x.shape());
        ChannelKernels.get().replay(x, norm, z);
        curve.apply(z);
        return z;
    }

    /** v, with x̂ in the place of channels that keep it. */
    private INDArray inverse(INDArray z, List<Long> untold, Kept keep, Arena.Scratch scratch) {
        if (curve.isOwnInverse() && untold.isEmpty()) {
            return z;
        }
        INDArray v = scratch.take(z.dataType(), z.shape());
        curve.invert(z, v);
        channels.restore(untold, keep, v);
        return v;
    }

    /**
     * What gives on v the gradients that {@code norm} gives on x: (v − beta)/√(gamma²) is x̂ but for the sign of gamma, and 1/√(gamma²) goes from dx. Of channels that keep
     * x̂, (x̂ − 0)/√1.
     */
    private ChannelNorm ofInverse(ChannelNorm norm, List<Long> untold, Arena.Scratch scratch) {
        long count = norm.mean().length();
        double[] mean = affine.betas(count);
        double[] variance = HostNumbers.of(norm.variance());
        double[] gain = affine.gammas(count);
        for (int c = 0; c < count; c++) {
            boolean kept = untold.contains((long) c);
            double gamma = gain[c];
            double r = 1 / Math.sqrt(variance[c] + norm.eps());
            mean[c] = kept ? 0 : mean[c];
            variance[c] = kept ? 1 : gamma * gamma;
            gain[c] = gamma * r * (kept ? 1 : Math.abs(gamma));
        }
        DataType type = norm.mean().dataType();
        return new ChannelNorm(
                scratch.of(type, mean), scratch.of(type, variance), 0, scratch.of(type, gain), null, false);
    }

    /** The sign of gamma that {@link #ofInverse} leaves out. */
    private void turn(INDArray dGamma) {
        List<Long> untold = channels.numbers();
        double[] gamma = affine.gammas(dGamma.length());
        double[] turned = HostNumbers.of(dGamma);
        for (int c = 0; c < turned.length; c++) {
            if (gamma[c] < 0 && !untold.contains((long) c)) {
                turned[c] = -turned[c];
            }
        }
        HostNumbers.write(turned, dGamma);
    }

    private ChannelNorm norm(INDArray mean, INDArray variance) {
        return new ChannelNorm(mean, variance, layer.getEps(), affine.gamma(), affine.beta(), false);
    }

    private ChannelNorm running(Arena.Scratch scratch) {
        DataType type = Buffers.statistic(statistics.mean().dataType());
        return norm(Buffers.dense(statistics.mean(), type), Buffers.dense(statistics.variance(scratch), type));
    }

    /**
     * What {@link #forward} keeps in training; of an outline, which has no parameters, without channels that keep x̂.
     *
     * @param count    of channels
     * @param elements of the input, per example
     */
    public List<Prediction> predict(long count, long elements) {
        List<Prediction> kept = new ArrayList<>();
        if (!rule.frozenStatistics()) {
            kept.add(Prediction.perBatch(MEAN, count));
            kept.add(Prediction.perBatch(VARIANCE, count));
        }
        if (!fromInput) {
            kept.addAll(channels.predict(elements / count));
        }
        return kept;
    }
}
