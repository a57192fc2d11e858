package org.revlayers.internal.inner;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.params.BatchNormalizationParamInitializer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.contract.ChannelsLast;
import org.revlayers.internal.contract.InnerLayer;
import org.revlayers.internal.contract.Pass;
import org.revlayers.internal.keep.Form;
import org.revlayers.internal.keep.Keeper;
import org.revlayers.internal.keep.Kept;
import org.revlayers.internal.keep.Prediction;
import org.revlayers.internal.keep.Thinning;
import org.revlayers.internal.kernel.HostNumbers;
import org.revlayers.internal.kernel.channel.ChannelBackward;
import org.revlayers.internal.kernel.channel.ChannelKernels;
import org.revlayers.internal.kernel.channel.ChannelNorm;
import org.revlayers.internal.layers.NormAffine;
import org.revlayers.internal.layers.RunningStatistics;
import org.revlayers.internal.memory.Arena;

/**
 * DL4J's {@link BatchNormalization} over the second axis of {@code [mb, channels]} or {@code [mb, channels, h, w]}, with the ReLU behind it
 * if there is one; or over the last of {@code [mb, h, w, channels]}.
 *
 * <p>Keeps two numbers per channel, exact, in training, and reads its input. Where linear layers' inputs are thinned it keeps its own thinned z
 * instead, from which dx and dGamma are computed: what was dropped counts as close to the channel's mean. (A thinned x would count as close to 0, far
 * from a mean that is not: measured on a small ResNet, 0.9 dropped and filled with zeros, the cosine of its gradient to the exact one is 0.5, with
 * z 0.93.) Where ReLUs keep one bit, so does the one behind, and a frozen layer reads nothing.
 *
 * <p>Like DL4J, backward in training writes the step of the running statistics into their gradient views, and the layer's own dropout and
 * activation function, which DL4J ignores, are ignored.
 *
 * <p>In inference the statistics are constants for backward too: dx = gamma·rstd·dy, and the running statistics stand still. DL4J's
 * implementation differentiates there as if they were those of the batch.
 */
final class BatchNormInner implements InnerLayer, ChannelsLast {

    private static final String MEAN = "mean";
    private static final String VARIANCE = "variance";
    private static final String Z = "z";

    private final BatchNormalization layer;
    private final Views views;
    private final boolean relu;
    private final Keeping keeping;
    private final RunningStatistics statistics;

    private final NormAffine affine;
    private boolean channelsLast;

    BatchNormInner(BatchNormalization layer, Views views, boolean relu, Keeping keeping) {
        this.layer = layer;
        this.views = views;
        this.relu = relu;
        this.keeping = keeping;
        this.statistics = new RunningStatistics(layer, views::parameter, views::gradient);
        this.affine = new NormAffine(layer, views::parameter);
    }

    @Override
    public void haveChannelsLast() {
        channelsLast = true;
    }

    private int axis(int rank) {
        return channelsLast ? rank - 1 : 1;
    }

    private INDArray rows(INDArray array) {
        return AxisOrder.rows(channelsLast, array);
    }

    /** Whether the ReLU keeps one bit per element, instead of being computed again from the input. */
    private boolean keepsMask() {
        return relu && keeping.masks();
    }

    private INDArray mean() {
        return statistics.mean();
    }

    /** How z is thinned, or null if backward reads x. */
    private Thinning thinning() {
        return !views.isFrozen() && keeping.linear() instanceof Keeper.Thinned thinned ? thinned.thinning() : null;
    }

    @Override
    public long[] outputShape(long... input) {
        if (input.length < 2 || input[axis(input.length)] != mean().length()) {
            throw new IllegalArgumentException("batch normalisation \"" + layer.getLayerName() + "\" reads [mb, "
                    + mean().length() + ", ...]; got " + Arrays.toString(input));
        }
        return input.clone();
    }

    @Override
    public void forward(INDArray x, INDArray out, Pass pass, Kept keep) {
        try (Arena.Scratch scratch = Arena.current().scratch()) {
            if (pass.training()) {
                long channels = x.size(axis(x.rank()));
                INDArray mean = keep.take(MEAN, Form.REBUILT, x.dataType(), channels);
                INDArray variance = keep.take(VARIANCE, Form.REBUILT, x.dataType(), channels);
                ChannelKernels.get().forward(rows(x), norm(mean, variance), rows(out));
                keepZ(x, norm(mean, variance), keep, scratch);
            } else {
                ChannelNorm norm = running(scratch);
                ChannelKernels.get().replay(rows(x), norm, rows(out));
                keepZ(x, norm, keep, scratch);
            }
        }
        if (keepsMask()) {
            MaskedRelu.run(out, out, keep);
        }
    }

    private void keepZ(INDArray x, ChannelNorm norm, Kept keep, Arena.Scratch scratch) {
        if (thinning() != null && keep.isRead()) {
            INDArray z = scratch.take(x.dataType(), x.shape());
            ChannelKernels.get()
                    .replay(
                            rows(x),
                            new ChannelNorm(norm.mean(), norm.variance(), norm.eps(), null, null, false),
                            rows(z));
            thinning().keep(Z, z, keep);
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
            INDArray in = x == null ? dy : x; // with constant statistics and no gradients of its own, x does not matter
            ChannelNorm of = norm;
            if (thinning() != null) {
                in = scratch.take(dx.dataType(), dx.shape());
                thinning().restore(Z, keep, in);
                of = normOfZ(norm, scratch);
            }
            ChannelKernels.get()
                    .backward(new ChannelBackward(
                            rows(in),
                            of,
                            !training,
                            rows(gradient),
                            rows(dx),
                            views.gradient(BatchNormalizationParamInitializer.GAMMA),
                            views.gradient(BatchNormalizationParamInitializer.BETA)));
            if (views.wantGradients()) {
                statistics.step(training ? norm : null);
            }
        }
        keep.clear();
    }

    /** What gives on z the gradients that {@code norm} gives on x: z = (z − 0)/√(1 + 0), and rstd goes to gamma. */
    private ChannelNorm normOfZ(ChannelNorm norm, Arena.Scratch scratch) {
        long channels = norm.mean().length();
        INDArray zero = scratch.take(norm.mean().dataType(), channels);
        zero.assign(0);
        INDArray one = scratch.take(norm.mean().dataType(), channels);
        one.assign(1);
        double[] gain = HostNumbers.of(norm.gamma(), channels, 1);
        double[] variance = HostNumbers.of(norm.variance());
        for (int c = 0; c < channels; c++) {
            gain[c] /= Math.sqrt(variance[c] + norm.eps());
        }
        return new ChannelNorm(zero, one, 0, scratch.of(norm.mean().dataType(), gain), norm.beta(), norm.relu());
    }

    /** A frozen layer has constant statistics and no gradients of its own: all that could read x is the ReLU. */
    @Override
    public boolean readsInput() {
        return views.isFrozen() ? relu && !keepsMask() : thinning() == null;
    }

    @Override
    public List<Prediction> predictKept(InputType input) {
        List<Prediction> kept = new ArrayList<>();
        if (!views.isFrozen()) {
            kept.add(Prediction.perBatch(MEAN, InPlaceNormInner.channels(input)));
            kept.add(Prediction.perBatch(VARIANCE, InPlaceNormInner.channels(input)));
        }
        if (thinning() != null) {
            kept.addAll(thinning().predict(Z, input.arrayElementsPerExample()));
        }
        if (keepsMask()) {
            kept.add(MaskedRelu.predict(input));
        }
        return kept;
    }

    private ChannelNorm norm(INDArray mean, INDArray variance) {
        return new ChannelNorm(mean, variance, layer.getEps(), affine.gamma(), affine.beta(), relu && !keeping.masks());
    }

    private ChannelNorm running(Arena.Scratch scratch) {
        return norm(mean(), statistics.variance(scratch));
    }

    @Override
    public String toString() {
        return relu ? "batch normalisation and relu" : "batch normalisation";
    }
}
