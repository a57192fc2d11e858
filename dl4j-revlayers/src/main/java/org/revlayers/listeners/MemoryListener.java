package org.revlayers.listeners;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.contract.Layouts;
import org.revlayers.internal.contract.PredictsKept;
import org.revlayers.internal.keep.KeepsForBackward;
import org.revlayers.internal.keep.Kept;
import org.revlayers.internal.keep.MemoryMeter;
import org.revlayers.internal.keep.Prediction;
import org.revlayers.internal.kernel.Warnings;
import org.revlayers.internal.memory.IdleWorkspaces;
import org.revlayers.memory.MemoryReport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Measures every training step of a DL4J network: what is kept for backward when the forward pass has ended (each layer's own tensors, and
 * the outputs that the network keeps), beside the prediction from shapes, and the peak of the step.
 *
 * <pre>{@code
 * MemoryListener memory = new MemoryListener();
 * net.addListeners(memory);
 * net.fit(batch);
 * System.out.println(memory.report());
 * }</pre>
 *
 * <p>Use one listener per network. A layer that does not say what it keeps counts with its output; what all of DL4J's own layers hold inside
 * themselves is one row, {@code (DL4J's layers)}, without a prediction: the bytes of the step's workspace that no output takes.
 *
 * <p>A prediction is for the layout that the layer's measured output shows ({@link Layouts#between}). Where nothing fits or a layer cannot say,
 * it is −1, printed as {@code unknown}. Nothing that goes wrong here stops a training: it is said once, and the step has no report of that row.
 *
 * @since 0.1.0
 */
public final class MemoryListener extends BaseTrainingListener {

    private static final Logger LOG = LoggerFactory.getLogger(MemoryListener.class);

    private static final String STOCK = "(DL4J's layers)";

    private final MemoryMeter meter = new MemoryMeter();
    private @Nullable MemoryReport latest;
    private boolean warned;

    /** Starts counting with the next step, without what networks before this one left allocated in this thread: {@link IdleWorkspaces#free}. */
    public MemoryListener() {
        IdleWorkspaces.free();
        meter.beginPhase();
    }

    /** The latest complete step; null before the first. */
    public synchronized @Nullable MemoryReport report() {
        return latest;
    }

    @Override
    public void onForwardPass(Model model, List<INDArray> activations) {
        guarded("the forward pass", () -> {
            meter.beginForward();
            MultiLayerNetwork net = (MultiLayerNetwork) model;
            for (int i = 0; i < activations.size(); i++) {
                Layer layer = i == 0 ? null : net.getLayer(i - 1);
                keptOutput(layer == null ? "(input)" : name(layer, Integer.toString(i - 1)), layer, activations.get(i));
            }
            for (int i = 0; i < net.getnLayers(); i++) {
                keptBy(
                        net.getLayer(i),
                        name(net.getLayer(i), Integer.toString(i)),
                        i + 1 < activations.size() ? activations.get(i + 1) : null);
            }
            keptByStock(activations);
        });
    }

    @Override
    public void onForwardPass(Model model, Map<String, INDArray> activations) {
        guarded("the forward pass", () -> {
            meter.beginForward();
            ComputationGraph graph = (ComputationGraph) model;
            activations.forEach((vertex, array) -> keptOutput(vertex, graph.getLayer(vertex), array));
            for (Layer layer : graph.getLayers()) {
                String name = name(layer, Integer.toString(layer.getIndex()));
                keptBy(layer, name, activations.get(name));
            }
            keptByStock(activations.values());
        });
    }

    @Override
    public void iterationDone(Model model, int iteration, int epoch) {
        guarded("the end of a step", () -> {
            meter.endPhase();
            synchronized (this) {
                latest = meter.report();
            }
            meter.beginPhase();
        });
    }

    private void keptOutput(String name, Layer layer, INDArray array) {
        guarded("the output of " + name, () -> {
            int width = array.dataType().width();
            long predicted = layer == null || !(layer.conf().getLayer() instanceof PredictsKept)
                    ? -1
                    : predicted(
                            name,
                            () -> typeOf(layer, array)
                                    .map(type -> layer.conf()
                                                    .getLayer()
                                                    .getOutputType(-1, type)
                                                    .arrayElementsPerExample()
                                            * array.size(0)
                                            * width)
                                    .orElse(-1L),
                            -1L);
            meter.kept(new MemoryReport.Row(name, "output", "output", array.length() * width, predicted));
        });
    }

    /** @param output of the layer; null if the network does not keep it */
    private void keptBy(Layer layer, String name, @Nullable INDArray output) {
        if (!(layer instanceof KeepsForBackward owner) || layer.input() == null) {
            return;
        }
        guarded(name, () -> {
            Map<String, Prediction> predictions = predicted(name, () -> predictions(layer, output), Map.of());
            long batch = layer.input().size(0);
            int width = layer.input().dataType().width();
            for (Kept.Entry e : owner.kept().entries()) {
                Prediction predicted = predictions.get(e.name());
                meter.kept(new MemoryReport.Row(
                        name,
                        e.name(),
                        e.form().name().toLowerCase(Locale.ROOT),
                        e.bytes(),
                        predicted == null ? -1 : predicted.bytes(batch, width)));
            }
        });
    }

    /** What is in none of the other rows. */
    private void keptByStock(Collection<INDArray> outputs) {
        long bytes = StockMemory.held(outputs);
        if (bytes > 0) {
            meter.kept(new MemoryReport.Row(STOCK, "inside", "workspace", bytes, -1));
        }
    }

    private static Map<String, Prediction> predictions(Layer layer, INDArray output) {
        Map<String, Prediction> predictions = new LinkedHashMap<>();
        if (layer.conf().getLayer() instanceof PredictsKept conf) {
            typeOf(layer, output).ifPresent(type -> conf.predictKept(type).forEach(t -> predictions.put(t.name(), t)));
        }
        return predictions;
    }

    /** The type of a layer's input; empty if nothing tells. */
    private static Optional<InputType> typeOf(Layer layer, INDArray output) {
        if (layer.input() == null) {
            return Optional.empty();
        }
        long[] input = layer.input().shape();
        if (output == null) {
            return Optional.of(((PredictsKept) layer.conf().getLayer()).typeOf(input));
        }
        return Optional.ofNullable(Layouts.between(layer.conf().getLayer(), input, output.shape()));
    }

    /** A prediction, or {@code unknown} where making it throws. */
    private <T> T predicted(String what, Supplier<T> prediction, T unknown) {
        try {
            return prediction.get();
        } catch (RuntimeException | LinkageError e) {
            warn("predicts nothing for " + what, e);
            return unknown;
        }
    }

    private void guarded(String what, Runnable work) {
        try {
            work.run();
        } catch (RuntimeException | LinkageError e) {
            warn("could not measure " + what, e);
        }
    }

    private void warn(String what, Throwable cause) {
        if (!warned) {
            warned = true;
            Warnings.warn(LOG, "a memory listener " + what + " (" + cause + "); training goes on, and no more is said");
        }
    }

    private static String name(Layer layer, String otherwise) {
        String name = layer.conf().getLayer().getLayerName();
        return name == null ? otherwise : name;
    }
}
