package org.revlayers.internal.convert;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Model;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.chain.ReversibleChain;
import org.revlayers.convert.ConversionReport;
import org.revlayers.convert.RestorationReport;
import org.revlayers.convert.Sample;
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
        double plain = distance(expected, atPlain(chains, () -> Networks.outputs(after, sample.given())));
        double start = chains.isEmpty() ? plain : distance(expected, Networks.outputs(after, sample.given()));
        return new ConversionReport.Comparison(
                plain, start, largest(expected), PredictedKept.of(before, sample), PredictedKept.of(after, sample));
    }

    /** How a plain network compares with the one that it was restored from. */
    static RestorationReport restored(Model before, Model plain, Sample sample) {
        List<RestorationReport.Chain> stood = chains(Networks.layers(before)).stream()
                .filter(Restorer::isMade) // others stay chains
                .map(c -> new RestorationReport.Chain(
                        c.getLayerName(),
                        c.coefficients().alpha(),
                        c.coefficients().beta()))
                .toList();
        if (sample == null) {
            return new RestorationReport(stood, null);
        }
        INDArray expected = Networks.outputs(before, sample.given());
        INDArray got = Networks.outputs(plain, sample.given());
        return new RestorationReport(
                stood, new RestorationReport.Comparison(distance(expected, got), largest(expected)));
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

    /**
     * Largest |a − b|; NaN where one side alone gives no number, 0 where both give the same that is none. By hand, for ND4J's largest value passes
     * over NaN.
     */
    static double distance(INDArray a, INDArray b) {
        double[] left = a.dup('c').data().asDouble();
        double[] right = b.dup('c').data().asDouble();
        double largest = 0;
        for (int i = 0; i < left.length; i++) {
            double difference = Double.compare(left[i], right[i]) == 0 ? 0 : Math.abs(left[i] - right[i]);
            if (Double.isNaN(difference)) {
                return difference;
            }
            largest = Math.max(largest, difference);
        }
        return largest;
    }

    /** Largest |value|; not finite where one is not. */
    static double largest(INDArray a) {
        double largest = 0;
        for (double value : a.dup('c').data().asDouble()) {
            if (!Double.isFinite(value)) {
                return value;
            }
            largest = Math.max(largest, Math.abs(value));
        }
        return largest;
    }
}
