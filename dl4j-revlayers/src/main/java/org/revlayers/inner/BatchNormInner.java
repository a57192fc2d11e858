package org.revlayers.inner;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.params.BatchNormalizationParamInitializer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.kernel.ChannelKernels;
import org.revlayers.kernel.ChannelNorm;
import org.revlayers.layers.KeptTensor;
import org.revlayers.memory.Arena;
import org.revlayers.memory.Form;
import org.revlayers.memory.Kept;

/**
 * DL4J's {@link BatchNormalization} over the second axis of {@code [mb, channels]} or {@code [mb, channels, h, w]}, with the ReLU behind it
 * if there is one.
 *
 * <p>Keeps two numbers per channel, exact, in training, and reads its input; if that is thinned, so is the normalised z that dx and dGamma are
 * computed from. Where ReLUs keep one bit, so does the one behind, and a frozen layer reads nothing. Like DL4J, backward in training writes the step of the running statistics into their gradient views, and
 * the layer's own dropout and activation function, which DL4J ignores, are ignored.
 *
 * <p>In inference the statistics are constants for backward too: dx = gamma·rstd·dy, and the running statistics stand still. DL4J's
 * implementation differentiates there as if they were those of the batch.
 */
final class BatchNormInner implements InnerLayer {

    private static final String MEAN = "mean";
    private static final String VARIANCE = "variance";

    private final BatchNormalization layer;
    private final Views views;
    private final boolean relu;
    private final Keeping keeping;

    /** The locked gamma and beta, or null. */
    private final INDArray lockedGamma;

    private final INDArray lockedBeta;

    BatchNormInner(BatchNormalization layer, Views views, boolean relu, Keeping keeping) {
        this.layer = layer;
        this.views = views;
        this.relu = relu;
        this.keeping = keeping;
        boolean locked = layer.isLockGammaBeta() && !isDefault(layer) && mean() != null;
        lockedGamma = locked ? constant(layer.getGamma()) : null;
        lockedBeta = locked ? constant(layer.getBeta()) : null;
    }

    /** Whether the ReLU keeps one bit per element, instead of being computed again from the input. */
    private boolean keepsMask() {
        return relu && keeping.masks();
    }

    /** Whether DL4J's forward does what its backward differentiates: it leaves out locked values if only one of them is unusual. */
    static boolean hosts(BatchNormalization layer) {
        return !layer.isLockGammaBeta() || isDefault(layer) || layer.getGamma() != 1 && layer.getBeta() != 0;
    }

    private static boolean isDefault(BatchNormalization layer) {
        return layer.getGamma() == 1 && layer.getBeta() == 0;
    }

    private INDArray constant(double value) {
        INDArray mean = mean();
        return Nd4j.valueArrayOf(new long[] {mean.length()}, value, mean.dataType());
    }

    private INDArray mean() {
        return views.parameter(BatchNormalizationParamInitializer.GLOBAL_MEAN);
    }

    @Override
    public long[] outputShape(long... input) {
        if (input.length < 2 || input[1] != mean().length()) {
            throw new IllegalArgumentException("batch normalisation \"" + layer.getLayerName() + "\" reads [mb, "
                    + mean().length() + ", ...]; got " + Arrays.toString(input));
        }
        return input.clone();
    }

    @Override
    public void forward(INDArray x, INDArray out, Pass pass, Kept keep) {
        try (Arena.Scratch scratch = Arena.current().scratch()) {
            if (pass.training()) {
                long channels = x.size(1);
                INDArray mean = keep.take(MEAN, Form.REBUILT, x.dataType(), channels);
                INDArray variance = keep.take(VARIANCE, Form.REBUILT, x.dataType(), channels);
                ChannelKernels.get().forward(x, norm(mean, variance), out);
            } else {
                ChannelKernels.get().replay(x, running(scratch), out);
            }
        }
        if (keepsMask()) {
            MaskedRelu.run(out, out, keep);
        }
    }

    @Override
    public void backward(INDArray x, INDArray out, INDArray dy, INDArray dx, Pass pass, Kept keep) {
        try (Arena.Scratch scratch = Arena.current().scratch()) {
            boolean training = pass.training();
            ChannelNorm norm = training ? norm(keep.get(MEAN), keep.get(VARIANCE)) : running(scratch);
            INDArray gradient = dy;
            if (keepsMask()) {
                gradient = dx;
                MaskedRelu.cut(dy, gradient, keep);
            }
            ChannelKernels.get()
                    .backward(
                            x == null ? dy : x, // with constant statistics, x does not matter to dx
                            norm,
                            !training,
                            gradient,
                            dx,
                            views.gradient(BatchNormalizationParamInitializer.GAMMA),
                            views.gradient(BatchNormalizationParamInitializer.BETA));
            if (views.wantGradients()) {
                statisticsStep(training ? norm : null);
            }
        }
        keep.clear();
    }

    /** A frozen layer has constant statistics and no gradients of its own: all that could read x is the ReLU. */
    @Override
    public boolean readsInput() {
        return !views.isFrozen() || relu && !keepsMask();
    }

    @Override
    public Keeper inputKeeper() {
        return keeping.linear();
    }

    @Override
    public List<KeptTensor> predictKept(InputType input, int iteration) {
        List<KeptTensor> kept = new ArrayList<>();
        if (!views.isFrozen()) {
            kept.add(KeptTensor.perBatch(MEAN, channels(input)));
            kept.add(KeptTensor.perBatch(VARIANCE, channels(input)));
        }
        if (keepsMask()) {
            kept.add(MaskedRelu.predict(input));
        }
        return kept;
    }

    private static long channels(InputType input) {
        return input instanceof InputType.InputTypeConvolutional c ? c.getChannels() : input.arrayElementsPerExample();
    }

    private ChannelNorm norm(INDArray mean, INDArray variance) {
        boolean locked = layer.isLockGammaBeta();
        return new ChannelNorm(
                mean,
                variance,
                layer.getEps(),
                locked ? lockedGamma : views.parameter(BatchNormalizationParamInitializer.GAMMA),
                locked ? lockedBeta : views.parameter(BatchNormalizationParamInitializer.BETA),
                relu && !keeping.masks());
    }

    private ChannelNorm running(Arena.Scratch scratch) {
        INDArray variance = views.parameter(BatchNormalizationParamInitializer.GLOBAL_VAR);
        if (variance == null) {
            INDArray log = views.parameter(BatchNormalizationParamInitializer.GLOBAL_LOG_STD);
            variance = scratch.take(log.dataType(), log.length());
            for (long c = 0; c < log.length(); c++) {
                variance.putScalar(c, variance(log.getDouble(c)));
            }
        }
        return norm(mean(), variance);
    }

    private static double variance(double logDeviation) {
        return Math.pow(10, 2 * logDeviation);
    }

    /** What DL4J's updater subtracts from the running statistics; zero without statistics of a batch. */
    private void statisticsStep(ChannelNorm batch) {
        double rest = 1 - layer.getDecay();
        INDArray mean = mean();
        INDArray meanStep = views.gradient(BatchNormalizationParamInitializer.GLOBAL_MEAN);
        boolean logarithmic = layer.isUseLogStd();
        String spread = logarithmic
                ? BatchNormalizationParamInitializer.GLOBAL_LOG_STD
                : BatchNormalizationParamInitializer.GLOBAL_VAR;
        INDArray deviation = views.parameter(spread);
        INDArray deviationStep = views.gradient(spread);
        for (long c = 0; c < mean.length(); c++) {
            double now = deviation.getDouble(c);
            if (batch == null) {
                meanStep.putScalar(c, 0);
                deviationStep.putScalar(c, 0);
            } else {
                double seen = batch.variance().getDouble(c);
                meanStep.putScalar(c, rest * (mean.getDouble(c) - batch.mean().getDouble(c)));
                deviationStep.putScalar(
                        c,
                        logarithmic
                                ? now - Math.log10(layer.getDecay() * variance(now) + rest * seen) / 2
                                : rest * (now - seen));
            }
        }
    }

    @Override
    public String toString() {
        return relu ? "batch normalisation and relu" : "batch normalisation";
    }
}
