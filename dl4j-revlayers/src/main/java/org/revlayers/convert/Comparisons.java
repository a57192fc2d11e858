package org.revlayers.convert;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.chain.ReversibleChain;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.reversible.StreamType;

/** Puts a converted network beside the one that it came from, on a sample batch. */
final class Comparisons {

    private static final double MIB = 1 << 20;

    private Comparisons() {}

    static ReversifyReport.Comparison of(MultiLayerNetwork before, MultiLayerNetwork after, Sample sample) {
        return sample == null
                ? null
                : of(
                        before.output(sample.arrays()[0]).dup(),
                        chains(after.getLayers()),
                        () -> after.output(sample.arrays()[0]).dup(),
                        PredictedKept.of(before, sample),
                        PredictedKept.of(after, sample));
    }

    static ReversifyReport.Comparison of(ComputationGraph before, ComputationGraph after, Sample sample) {
        return sample == null
                ? null
                : of(
                        outputs(before, sample.arrays()),
                        chains(after.getLayers()),
                        () -> outputs(after, sample.arrays()),
                        PredictedKept.of(before, sample),
                        PredictedKept.of(after, sample));
    }

    private static ReversifyReport.Comparison of(
            INDArray expected, List<ReversibleChain> chains, Supplier<INDArray> run, long keptBefore, long keptAfter) {
        INDArray plain = atPlain(chains, run);
        INDArray start = run.get();
        return new ReversifyReport.Comparison(
                distance(expected, plain), distance(expected, start), largest(expected), keptBefore, keptAfter);
    }

    /** All values that a graph gives, in a row. */
    static INDArray outputs(ComputationGraph net, INDArray... sample) {
        List<INDArray> flat = new ArrayList<>();
        for (INDArray output : net.output(sample)) {
            flat.add(output.dup('c').reshape(output.length()));
        }
        return Nd4j.concat(0, flat.toArray(INDArray[]::new));
    }

    /** How a plain network compares with the one that it was restored from. */
    static RestoreReport restored(List<ReversibleChain> chains, INDArray before, Supplier<INDArray> plain) {
        List<RestoreReport.Chain> stood = chains.stream()
                .filter(c -> !c.getOrigin().isEmpty() || !c.getVertices().isEmpty()) // others stay chains
                .map(c -> new RestoreReport.Chain(
                        c.getLayerName(),
                        c.coefficients().alpha(),
                        c.coefficients().beta()))
                .toList();
        return new RestoreReport(
                stood,
                before == null ? null : new RestoreReport.Comparison(distance(before, plain.get()), largest(before)));
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

    /** What reports say of differences, unless the network as it was gives no numbers itself. */
    static String told(double largest, Supplier<String> difference) {
        return Double.isFinite(largest)
                ? difference.get()
                : String.format("the network itself gives %s on the sample, before any conversion%n", largest);
    }

    /** What reports say of one difference. */
    static String told(double largest, double difference) {
        return told(
                largest,
                () -> String.format(
                        Locale.ROOT,
                        "output difference on the sample: %.3g, of outputs up to %.3g%n",
                        difference,
                        largest));
    }

    /** What reports say of {@link PredictedKept}. */
    static String predicted(long before, long after) {
        return before < 0
                ? String.format(
                        "predicted for backward: unknown, the model does not give the outputs of its layers one by one%n")
                : String.format(
                        Locale.ROOT,
                        "predicted for backward: %.2f MiB before, %.2f MiB after%n",
                        before / MIB,
                        after / MIB);
    }
}
