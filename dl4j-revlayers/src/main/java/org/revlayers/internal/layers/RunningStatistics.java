package org.revlayers.internal.layers;

import java.util.function.Function;
import java.util.stream.DoubleStream;
import lombok.RequiredArgsConstructor;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.params.BatchNormalizationParamInitializer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.HostNumbers;
import org.revlayers.internal.kernel.channel.ChannelNorm;
import org.revlayers.internal.memory.Arena;

/** The running mean and variance of a {@link BatchNormalization}, as DL4J keeps and updates them: through the views of their gradients. */
@RequiredArgsConstructor
public final class RunningStatistics {

    private final BatchNormalization layer;
    /** By the names of DL4J's initialiser; null in an outline. */
    private final Function<String, INDArray> parameters;

    /** As the parameters. */
    private final Function<String, INDArray> gradients;

    /** Null in an outline. */
    public INDArray mean() {
        return parameters.apply(BatchNormalizationParamInitializer.GLOBAL_MEAN);
    }

    /** May be scratch. */
    public INDArray variance(Arena.Scratch scratch) {
        INDArray variance = parameters.apply(BatchNormalizationParamInitializer.GLOBAL_VAR);
        if (variance != null) {
            return variance;
        }
        INDArray log = parameters.apply(BatchNormalizationParamInitializer.GLOBAL_LOG_STD);
        return scratch.of(
                log.dataType(),
                DoubleStream.of(HostNumbers.of(log))
                        .map(RunningStatistics::variance)
                        .toArray());
    }

    private static double variance(double logDeviation) {
        return Math.pow(10, 2 * logDeviation);
    }

    /** Writes what DL4J's updater subtracts; zero without statistics of a batch. */
    public void step(ChannelNorm batch) {
        double rest = 1 - layer.getDecay();
        INDArray meanStep = gradients.apply(BatchNormalizationParamInitializer.GLOBAL_MEAN);
        boolean logarithmic = layer.isUseLogStd();
        String spread = logarithmic
                ? BatchNormalizationParamInitializer.GLOBAL_LOG_STD
                : BatchNormalizationParamInitializer.GLOBAL_VAR;
        INDArray deviationStep = gradients.apply(spread);
        if (batch == null) {
            meanStep.assign(0);
            deviationStep.assign(0);
            return;
        }
        double[] mean = HostNumbers.of(mean());
        double[] deviation = HostNumbers.of(parameters.apply(spread));
        double[] batchMean = HostNumbers.of(batch.mean());
        double[] batchVariance = HostNumbers.of(batch.variance());
        for (int c = 0; c < mean.length; c++) {
            double now = deviation[c];
            double seen = batchVariance[c];
            mean[c] = rest * (mean[c] - batchMean[c]);
            deviation[c] = logarithmic
                    ? now - Math.log10(layer.getDecay() * variance(now) + rest * seen) / 2
                    : rest * (now - seen);
        }
        HostNumbers.write(mean, meanStep);
        HostNumbers.write(deviation, deviationStep);
    }
}
