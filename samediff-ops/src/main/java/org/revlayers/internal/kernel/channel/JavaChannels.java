package org.revlayers.internal.kernel.channel;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.Parallel;
import org.revlayers.internal.kernel.Values;

/** The portable twin. Computed in double, rounded once when stored. */
final class JavaChannels implements ChannelKernels {

    @Override
    public void forward(INDArray x, ChannelNorm norm, INDArray y) {
        Values in = Values.of(x);
        Values means = Values.of(norm.mean());
        Values variances = Values.of(norm.variance());
        long count = x.length() / x.size(1);
        Parallel.each(x.size(1), c -> {
            double[] sum = new double[2];
            each(x, c, k -> sum[0] += in.get(k));
            double mean = sum[0] / count;
            each(x, c, k -> sum[1] += (in.get(k) - mean) * (in.get(k) - mean));
            means.set(c, mean);
            variances.set(c, sum[1] / count);
        });
        replay(x, norm, y);
    }

    @Override
    public void replay(INDArray x, ChannelNorm norm, INDArray y) {
        Values in = Values.of(x);
        Values out = Values.of(y);
        Parallel.each(x.size(1), c -> {
            Channel channel = Channel.of(norm, c);
            each(x, c, k -> {
                double v = channel.value(in.get(k));
                out.set(k, norm.relu() && v < 0 ? 0 : v);
            });
        });
    }

    @Override
    public void backward(ChannelBackward call) {
        INDArray x = call.x();
        ChannelNorm norm = call.norm();
        Values in = Values.of(x);
        Values gradient = Values.of(call.dy());
        Values out = Values.of(call.dx());
        Values gammas = Values.of(call.dGamma());
        Values betas = Values.of(call.dBeta());
        double count = (double) x.length() / x.size(1);
        Parallel.each(x.size(1), c -> {
            Channel channel = Channel.of(norm, c);
            Gradient through = k -> norm.relu() && !(channel.value(in.get(k)) > 0) ? 0 : gradient.get(k);
            double[] sum = new double[2];
            each(x, c, k -> {
                sum[0] += through.at(k);
                sum[1] += through.at(k) * channel.normal(in.get(k));
            });
            if (betas != null) {
                betas.set(c, sum[0]);
            }
            if (gammas != null) {
                gammas.set(c, sum[1]);
            }
            each(x, c, k -> {
                double centred = call.constant() ? 0 : sum[0] / count + channel.normal(in.get(k)) * (sum[1] / count);
                out.set(k, (through.at(k) - centred) * channel.rstd * channel.gamma);
            });
        });
    }

    @Override
    public void addBias(INDArray x, INDArray bias) {
        Values values = Values.of(x);
        Values added = Values.of(bias);
        Parallel.each(x.size(1), c -> each(x, c, k -> values.set(k, values.compute(values.get(k) + added.get(c)))));
    }

    @Override
    public void sums(INDArray x, INDArray out) {
        Values in = Values.of(x);
        Values sums = Values.of(out);
        Parallel.each(x.size(1), c -> {
            double[] sum = new double[1];
            each(x, c, k -> sum[0] += in.get(k));
            sums.set(c, sum[0]);
        });
    }

    /** The numbers of one channel. */
    private record Channel(double mean, double rstd, double gamma, double beta) {

        static Channel of(ChannelNorm norm, long c) {
            return new Channel(
                    Values.of(norm.mean()).get(c),
                    1 / Math.sqrt(Values.of(norm.variance()).get(c) + norm.eps()),
                    norm.gamma() == null ? 1 : Values.of(norm.gamma()).get(c),
                    norm.beta() == null ? 0 : Values.of(norm.beta()).get(c));
        }

        double normal(double x) {
            return (x - mean) * rstd;
        }

        double value(double x) {
            return normal(x) * gamma + beta;
        }
    }

    @FunctionalInterface
    private interface Gradient {
        double at(long element);
    }

    @FunctionalInterface
    private interface Element {
        void at(long element);
    }

    /** All elements of channel c, in order. */
    private static void each(INDArray x, long c, Element body) {
        long inner = ChannelNorm.inner(x);
        for (long b = 0; b < x.size(0); b++) {
            long row = (b * x.size(1) + c) * inner;
            for (long k = row; k < row + inner; k++) {
                body.at(k);
            }
        }
    }
}
