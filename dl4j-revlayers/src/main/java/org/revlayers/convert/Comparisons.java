package org.revlayers.convert;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.chain.ChainMode;
import org.revlayers.chain.CoefficientSchedule;
import org.revlayers.chain.ReversibleChain;
import org.revlayers.chain.StreamType;
import org.revlayers.layers.PredictsKept;

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
                        kept(before, sample),
                        kept(after, sample));
    }

    static ReversifyReport.Comparison of(ComputationGraph before, ComputationGraph after, Sample sample) {
        return sample == null
                ? null
                : of(
                        outputs(before, sample.arrays()),
                        chains(after.getLayers()),
                        () -> outputs(after, sample.arrays()),
                        kept(before, sample),
                        kept(after, sample));
    }

    private static ReversifyReport.Comparison of(
            INDArray expected, List<ReversibleChain> chains, Supplier<INDArray> run, long keptBefore, long keptAfter) {
        INDArray plain = atPlain(chains, run);
        INDArray start = run.get();
        return new ReversifyReport.Comparison(
                distance(expected, plain),
                distance(expected, start),
                expected.amaxNumber().doubleValue(),
                keptBefore,
                keptAfter);
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
                .map(c -> new RestoreReport.Chain(
                        c.getLayerName(),
                        c.coefficients().alpha(),
                        c.coefficients().beta()))
                .toList();
        return new RestoreReport(
                stood,
                before == null
                        ? null
                        : new RestoreReport.Comparison(
                                distance(before, plain.get()),
                                before.amaxNumber().doubleValue()));
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

    static double distance(INDArray a, INDArray b) {
        return a.sub(b).amaxNumber().doubleValue();
    }

    /** Predicted bytes for backward: outputs that the network keeps, and what layers keep inside; −1 if the sample's types are unknown. */
    static long kept(MultiLayerNetwork net, Sample sample) {
        if (sample.types() == null) {
            return -1;
        }
        InputType type = sample.types()[0];
        long bytes = 0;
        for (int i = 0; i < net.getnLayers(); i++) {
            var processor = net.getLayerWiseConfigurations().getInputPreProcess(i);
            type = processor == null ? type : processor.getOutputType(type);
            bytes += bytes(net.getLayer(i), type, sample.batch(), sample.width(), net.getIterationCount());
            type = net.getLayer(i).conf().getLayer().getOutputType(i, type);
        }
        return bytes;
    }

    /** The same of a graph. */
    static long kept(ComputationGraph net, Sample sample) {
        if (sample.types() == null) {
            return -1;
        }
        Map<String, InputType> outputs;
        try { // on a clone, for DL4J sets preprocessors on the way
            outputs = net.getConfiguration().clone().getLayerActivationTypes(true, false, sample.types());
        } catch (RuntimeException e) {
            return -1; // inputs of a kind that arrays do not tell
        }
        long bytes = 0;
        for (Map.Entry<String, InputType> vertex : outputs.entrySet()) {
            Layer layer = net.getLayer(vertex.getKey());
            if (layer == null) {
                bytes += net.getConfiguration().getVertices().containsKey(vertex.getKey())
                        ? vertex.getValue().arrayElementsPerExample() * sample.batch() * sample.width()
                        : 0;
                continue;
            }
            InputType in = outputs.get(net.getConfiguration()
                    .getVertexInputs()
                    .get(vertex.getKey())
                    .get(0));
            if (net.getConfiguration().getVertices().get(vertex.getKey()) instanceof LayerVertex v
                    && v.getPreProcessor() != null) {
                in = v.getPreProcessor().getOutputType(in);
            }
            bytes += bytes(layer, in, sample.batch(), sample.width(), net.getIterationCount());
        }
        return bytes;
    }

    private static long bytes(Layer layer, InputType in, long batch, int width, int iteration) {
        var conf = layer.conf().getLayer();
        long bytes = conf.getOutputType(0, in).arrayElementsPerExample() * batch * width;
        if (conf instanceof PredictsKept predicts) {
            bytes += predicts.predictKept(in, iteration).stream()
                    .mapToLong(k -> k.bytes(batch, width))
                    .sum();
        }
        return bytes;
    }

    /** What reports say of {@link #kept}. */
    static String predicted(long before, long after) {
        return before < 0
                ? String.format(
                        "predicted for backward: unknown, the model does not tell the layout of its inputs; give sampleTypes%n")
                : String.format(
                        Locale.ROOT,
                        "predicted for backward: %.2f MiB before, %.2f MiB after%n",
                        before / MIB,
                        after / MIB);
    }
}
