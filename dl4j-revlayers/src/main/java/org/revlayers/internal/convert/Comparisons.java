package org.revlayers.internal.convert;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Model;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.chain.ReversibleChain;
import org.revlayers.container.RazorSequence;
import org.revlayers.convert.ConversionReport;
import org.revlayers.convert.RestorationReport;
import org.revlayers.convert.Sample;
import org.revlayers.internal.kernel.Differences;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.reversible.StreamType;

/** Puts a converted network beside the one that it came from, on a sample batch. */
final class Comparisons {

    private Comparisons() {}

    /** Figures of a sample; null without one. */
    static ConversionReport.Comparison of(Model before, Model after, Sample sample) {
        if (sample == null) {
            return null;
        }
        INDArray expected = Networks.outputs(before, sample.given());
        List<ReversibleChain> chains = chains(Networks.layers(after));
        double plain = Differences.largest(expected, atPlain(chains, () -> Networks.outputs(after, sample.given())));
        double start =
                chains.isEmpty() ? plain : Differences.largest(expected, Networks.outputs(after, sample.given()));
        return new ConversionReport.Comparison(
                plain,
                start,
                Differences.largest(expected),
                PredictedKept.of(before, sample),
                PredictedKept.of(after, sample));
    }

    /** How a plain network compares with the one that it was restored from. */
    static RestorationReport restored(Model before, Model plain, List<ConversionReport.Left> left, Sample sample) {
        List<org.deeplearning4j.nn.conf.layers.Layer> apart = Stream.of(Networks.layers(before))
                .flatMap(layer -> Restorer.apart(layer.conf().getLayer()))
                .toList();
        List<RestorationReport.Chain> stood = apart.stream()
                .filter(ReversibleChain.class::isInstance)
                .map(ReversibleChain.class::cast)
                .map(c -> new RestorationReport.Chain(
                        c.getLayerName(), c.inference().alpha(), c.inference().beta()))
                .toList();
        List<RestorationReport.Leaky> leaky = apart.stream()
                .filter(RazorSequence.class::isInstance)
                .map(RazorSequence.class::cast)
                .filter(RazorSequence::isLeaky)
                .map(s -> new RestorationReport.Leaky(s.getLayerName(), s.getInPlace()))
                .toList();
        if (sample == null) {
            return new RestorationReport(stood, leaky, left, null);
        }
        INDArray expected = Networks.outputs(before, sample.given());
        INDArray got = Networks.outputs(plain, sample.given());
        return new RestorationReport(
                stood,
                leaky,
                left,
                new RestorationReport.Comparison(Differences.largest(expected, got), Differences.largest(expected)));
    }

    static List<ReversibleChain> chains(Layer... layers) {
        List<ReversibleChain> chains = new ArrayList<>();
        for (Layer layer : layers) {
            if (layer.conf().getLayer() instanceof ReversibleChain chain) {
                chains.add(chain);
            }
        }
        return chains;
    }

    /** Runs at (1, 0), in floating point, where the chains compute what the blocks did. */
    private static INDArray atPlain(List<ReversibleChain> chains, Supplier<INDArray> run) {
        List<Runnable> back = new ArrayList<>();
        for (ReversibleChain chain : chains) {
            CoefficientSchedule schedule = chain.getSchedule();
            ChainMode mode = chain.getMode();
            StreamType streams = chain.getStreams();
            back.add(() -> {
                chain.setSchedule(schedule);
                chain.setMode(mode);
                chain.setStreams(streams);
            });
            chain.setSchedule(CoefficientSchedule.constant(1, 0));
            chain.setMode(ChainMode.CHECKPOINT);
            chain.setStreams(streams == StreamType.DOUBLE ? streams : StreamType.FLOAT);
        }
        try {
            return run.get();
        } finally {
            back.forEach(Runnable::run);
        }
    }
}
