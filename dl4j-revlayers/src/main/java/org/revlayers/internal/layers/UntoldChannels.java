package org.revlayers.internal.layers;

import java.util.ArrayList;
import java.util.List;
import lombok.RequiredArgsConstructor;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.revlayers.function.InPlaceFunction;
import org.revlayers.internal.keep.Form;
import org.revlayers.internal.keep.Kept;
import org.revlayers.internal.keep.Prediction;
import org.revlayers.internal.kernel.HostNumbers;
import org.revlayers.internal.kernel.channel.ChannelKernels;
import org.revlayers.internal.kernel.channel.ChannelNorm;
import org.revlayers.internal.memory.Arena;

/**
 * The channels of an {@link InPlaceNorm} whose output does not tell their x̂ well enough: they keep it, 4 bytes per fp32 element. Gamma and beta alone decide.
 *
 * <pre>
 *   |beta| ≥ 100·|gamma|, so gamma = 0 too   the error of x̂ is |beta/gamma| roundings: measured in fp32 3e-6 at 100, 2e-4 at 10,000
 *   beta − 6·|gamma| &lt; −8, before an ELU    a value 6 deviations from the mean may be below −8, where z is within 4e-4 of −1
 * </pre>
 */
@RequiredArgsConstructor
final class UntoldChannels {

    private static final String NORMALISED = "normalised";
    private static final double MOST = 100;

    /** |gamma| has a square in single precision. */
    private static final double LEAST = 1e-12;

    private static final double SATURATED = -8;
    private static final double REACH = 6;

    private final NormAffine affine;
    private final RunningStatistics statistics;
    private final InPlaceFunction function;

    /** The channels; none in an outline. */
    List<Long> numbers() {
        List<Long> numbers = new ArrayList<>();
        long count = statistics.mean() == null ? 0 : statistics.mean().length();
        double[] gamma = affine.gammas(count);
        double[] beta = affine.betas(count);
        for (int c = 0; c < count; c++) {
            if (isUntold(Math.abs(gamma[c]), beta[c])) {
                numbers.add((long) c);
            }
        }
        return numbers;
    }

    private boolean isUntold(double gamma, double beta) {
        boolean told = gamma > LEAST && MOST * gamma > Math.abs(beta);
        return !told || function == InPlaceFunction.ELU && beta - REACH * gamma < SATURATED;
    }

    /** Keeps their x̂. */
    void keep(INDArray x, ChannelNorm norm, Kept keep, Arena.Scratch scratch) {
        List<Long> numbers = numbers();
        if (numbers.isEmpty()) {
            return;
        }
        long[] shape = x.shape().clone();
        shape[1] = numbers.size();
        INDArray kept = keep.take(NORMALISED, Form.DENSE, x.dataType(), shape);
        for (int i = 0; i < numbers.size(); i++) {
            channel(kept, i).assign(channel(x, numbers.get(i)));
        }
        INDArray mean = chosen(norm.mean(), numbers, scratch);
        INDArray variance = chosen(norm.variance(), numbers, scratch);
        ChannelKernels.get().replay(kept, new ChannelNorm(mean, variance, norm.eps(), null, null, false), kept);
    }

    private static INDArray chosen(INDArray all, List<Long> numbers, Arena.Scratch scratch) {
        double[] of = HostNumbers.of(all);
        return scratch.of(
                all.dataType(),
                numbers.stream().mapToDouble(c -> of[Math.toIntExact(c)]).toArray());
    }

    /** Writes it into these channels of an array. */
    void restore(List<Long> numbers, Kept keep, INDArray to) {
        for (int i = 0; i < numbers.size(); i++) {
            channel(to, numbers.get(i)).assign(channel(keep.get(NORMALISED), i));
        }
    }

    private static INDArray channel(INDArray x, long c) {
        return x.get(NDArrayIndex.all(), NDArrayIndex.interval(c, c + 1));
    }

    /** @param elements of a channel, per example */
    List<Prediction> predict(long elements) {
        long count = numbers().size();
        return count == 0 ? List.of() : List.of(Prediction.dense(NORMALISED, elements * count));
    }
}
