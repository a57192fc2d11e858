package org.revlayers.internal.inner;

import java.util.stream.DoubleStream;
import lombok.RequiredArgsConstructor;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.params.BatchNormalizationParamInitializer;
import org.deeplearning4j.nn.params.ConvolutionParamInitializer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.contract.ChannelsLast;
import org.revlayers.internal.contract.InnerLayer;
import org.revlayers.internal.contract.Pass;
import org.revlayers.internal.keep.Keeper;
import org.revlayers.internal.keep.Kept;
import org.revlayers.internal.kernel.Buffers;
import org.revlayers.internal.kernel.HostNumbers;
import org.revlayers.internal.kernel.channel.ChannelBackward;
import org.revlayers.internal.kernel.channel.ChannelKernels;
import org.revlayers.internal.kernel.channel.ChannelNorm;
import org.revlayers.internal.layers.NormAffine;
import org.revlayers.internal.layers.RunningStatistics;
import org.revlayers.internal.memory.Arena;

/**
 * A convolution and the batch normalisation with frozen statistics behind it as one convolution. Neither the array between them nor x̂ is kept: what gamma's gradient needs
 * of x̂ is in the gradient of the weight.
 *
 * <pre>
 *   s = gamma·r,  r = 1/√(variance + eps)           v = (s·W) ∗ x + t,   t = s·(b − mean) + beta
 *   G = gradient of s·W for dv                      dBeta = Σ dv         dW = s·G         db = s·dBeta
 *   dGamma = Σ dv·r·(W ∗ x + b − mean) = r·(⟨W, G⟩ + (b − mean)·dBeta)   dx = (s·W)ᵀ ∗ dv
 * </pre>
 *
 * <p>Exact for every gamma, 0 too. Keeps 0 bytes beside the convolution's input.
 */
@RequiredArgsConstructor
final class FoldedNorm implements InnerLayer, ChannelsLast {

    private final ConvolutionInner convolution;
    private final Views convolved;
    private final BatchNormalization layer;
    private final Views normed;
    private final NormAffine affine;
    private final RunningStatistics statistics;

    FoldedNorm(ConvolutionInner convolution, Views convolved, BatchNormalization layer, Views normed) {
        this(
                convolution,
                convolved,
                layer,
                normed,
                new NormAffine(layer, normed::parameter),
                new RunningStatistics(layer, normed::parameter, normed::gradient));
    }

    @Override
    public boolean gainsByChannelsLast() {
        return convolution.gainsByChannelsLast();
    }

    @Override
    public void haveChannelsLast() {
        convolution.haveChannelsLast();
    }

    @Override
    public long[] outputShape(long... input) {
        return convolution.outputShape(input);
    }

    @Override
    public void forward(INDArray x, INDArray out, Pass pass, Kept keep) {
        try (Arena.Scratch scratch = Arena.current().scratch()) {
            Folded folded = fold(scratch);
            double[] gain = HostNumbers.of(folded.gain());
            double[] centre = centre();
            double[] shift = affine.betas(centre.length);
            for (int c = 0; c < shift.length; c++) {
                shift[c] += gain[c] * centre[c];
            }
            convolution.map().forward(x, folded.weight(), scratch.of(type(), shift), out);
        }
    }

    /**
     * Scaled.
     *
     * @param weight s·W
     * @param norm   that makes s·W of W: a channel's mean 0 and variance 1
     * @param r      1/√(variance + eps)
     */
    private record Folded(INDArray weight, ChannelNorm norm, double[] r) {

        INDArray gain() {
            return norm.gamma();
        }
    }

    private Folded fold(Arena.Scratch scratch) {
        INDArray zero = vector(scratch);
        INDArray one = vector(scratch);
        zero.assign(0);
        one.assign(1);
        double[] r = r(scratch);
        double[] gain = affine.gammas(r.length);
        for (int c = 0; c < gain.length; c++) {
            gain[c] *= r[c];
        }
        INDArray weight = convolution.weight();
        INDArray scaled = scratch.take(weight.dataType(), weight.shape());
        ChannelNorm norm = new ChannelNorm(zero, one, 0, scratch.of(type(), gain), null, false);
        ChannelKernels.get().replay(rows(weight), norm, rows(scaled));
        return new Folded(scaled, norm, r);
    }

    private INDArray vector(Arena.Scratch scratch) {
        return scratch.take(type(), statistics.mean().length());
    }

    private DataType type() {
        return statistics.mean().dataType();
    }

    /** 1/√(variance + eps). */
    private double[] r(Arena.Scratch scratch) {
        return DoubleStream.of(HostNumbers.of(statistics.variance(scratch)))
                .map(variance -> 1 / Math.sqrt(variance + layer.getEps()))
                .toArray();
    }

    /** b − mean. */
    private double[] centre() {
        double[] mean = HostNumbers.of(statistics.mean());
        double[] centre = HostNumbers.of(convolution.bias(), mean.length, 0);
        for (int c = 0; c < mean.length; c++) {
            centre[c] -= mean[c];
        }
        return centre;
    }

    /** A weight as one example of {@code [1, channels, rest]}. */
    private static INDArray rows(INDArray weight) {
        return Buffers.shaped(weight, 1, weight.size(0), weight.length() / weight.size(0));
    }

    @Override
    public void backward(INDArray x, INDArray out, INDArray dy, INDArray dx, Pass pass, Kept keep) {
        try (Arena.Scratch scratch = Arena.current().scratch()) {
            Folded folded = fold(scratch);
            INDArray dw = convolved.gradient(ConvolutionParamInitializer.WEIGHT_KEY);
            if (dw == null) {
                convolution.map().gradients(x, folded.weight(), dy, dx, null, null);
                return;
            }
            INDArray sums = vector(scratch); // of dy
            convolution.map().gradients(x, folded.weight(), dy, dx, dw, sums);
            INDArray products = vector(scratch); // of weights and their gradients
            ChannelKernels.get()
                    .backward(new ChannelBackward(
                            rows(convolution.weight()), folded.norm(), true, rows(dw), rows(dw), products, null));
            gradients(folded, sums, products);
            statistics.step(null);
        }
    }

    private void gradients(Folded folded, INDArray sums, INDArray products) {
        INDArray db = convolved.gradient(ConvolutionParamInitializer.BIAS_KEY);
        INDArray dGamma = normed.gradient(BatchNormalizationParamInitializer.GAMMA);
        INDArray dBeta = normed.gradient(BatchNormalizationParamInitializer.BETA);
        double[] sum = HostNumbers.of(sums);
        double[] ofBias = HostNumbers.of(folded.gain());
        double[] ofGamma = HostNumbers.of(products);
        double[] centre = centre();
        for (int c = 0; c < sum.length; c++) {
            ofBias[c] *= sum[c];
            ofGamma[c] = folded.r()[c] * (ofGamma[c] + centre[c] * sum[c]);
        }
        if (db != null) {
            HostNumbers.write(ofBias, db);
        }
        if (dGamma != null) {
            HostNumbers.write(sum, dBeta);
            HostNumbers.write(ofGamma, dGamma);
        }
    }

    @Override
    public boolean readsInput() {
        return convolution.readsInput();
    }

    @Override
    public Keeper inputKeeper() {
        return convolution.inputKeeper();
    }

    @Override
    public InputType outputType(InputType input) {
        return convolution.outputType(input);
    }

    @Override
    public INDArray outputMask(INDArray mask, long batch) {
        return convolution.outputMask(mask, batch);
    }

    @Override
    public String toString() {
        return convolution + " with folded batch normalisation";
    }
}
