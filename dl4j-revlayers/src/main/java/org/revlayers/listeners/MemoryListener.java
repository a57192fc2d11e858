package org.revlayers.listeners;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.layers.KeptTensor;
import org.revlayers.layers.PredictsKept;
import org.revlayers.memory.KeepsForBackward;
import org.revlayers.memory.Kept;
import org.revlayers.memory.MemoryMeter;
import org.revlayers.memory.MemoryReport;

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
 * <p>Use one listener per network. A layer that does not say what it keeps counts with its output only; that is all that stock DL4J layers
 * keep.
 */
public final class MemoryListener extends BaseTrainingListener {

    private final MemoryMeter meter = new MemoryMeter();
    private MemoryReport latest;

    /** Starts counting with the next step. */
    public MemoryListener() {
        meter.beginPhase();
    }

    /** The latest complete step; null before the first. */
    public synchronized MemoryReport report() {
        return latest;
    }

    @Override
    public void onForwardPass(Model model, List<INDArray> activations) {
        meter.beginForward();
        MultiLayerNetwork net = (MultiLayerNetwork) model;
        for (int i = 0; i < activations.size(); i++) {
            Layer layer = i == 0 ? null : net.getLayer(i - 1);
            keptOutput(layer == null ? "(input)" : name(layer, Integer.toString(i - 1)), layer, activations.get(i));
        }
        for (int i = 0; i < net.getnLayers(); i++) {
            keptBy(net.getLayer(i), name(net.getLayer(i), Integer.toString(i)));
        }
    }

    @Override
    public void onForwardPass(Model model, Map<String, INDArray> activations) {
        meter.beginForward();
        ComputationGraph graph = (ComputationGraph) model;
        activations.forEach((vertex, array) -> keptOutput(vertex, graph.getLayer(vertex), array));
        for (Layer layer : graph.getLayers()) {
            keptBy(layer, name(layer, Integer.toString(layer.getIndex())));
        }
    }

    @Override
    public void iterationDone(Model model, int iteration, int epoch) {
        meter.endPhase();
        synchronized (this) {
            latest = meter.report();
        }
        meter.beginPhase();
    }

    private void keptOutput(String name, Layer layer, INDArray array) {
        int width = array.dataType().width();
        long predicted = -1;
        if (layer != null && layer.input() != null && layer.conf().getLayer() instanceof PredictsKept conf) {
            predicted = layer.conf()
                            .getLayer()
                            .getOutputType(-1, conf.typeOf(layer.input().shape()))
                            .arrayElementsPerExample()
                    * array.size(0)
                    * width;
        }
        meter.kept(new MemoryReport.Row(name, "output", "output", array.length() * width, predicted));
    }

    private void keptBy(Layer layer, String name) {
        if (!(layer instanceof KeepsForBackward owner) || layer.input() == null) {
            return;
        }
        Map<String, KeptTensor> predictions = new LinkedHashMap<>();
        if (layer.conf().getLayer() instanceof PredictsKept conf) {
            conf.predictKept(conf.typeOf(layer.input().shape()), layer.getIterationCount())
                    .forEach(t -> predictions.put(t.name(), t));
        }
        long batch = layer.input().size(0);
        int width = layer.input().dataType().width();
        for (Kept.Entry e : owner.kept().entries()) {
            KeptTensor predicted = predictions.get(e.name());
            meter.kept(new MemoryReport.Row(
                    name,
                    e.name(),
                    e.form().name().toLowerCase(Locale.ROOT),
                    e.bytes(),
                    predicted == null ? -1 : predicted.bytes(batch, width)));
        }
    }

    private static String name(Layer layer, String otherwise) {
        String name = layer.conf().getLayer().getLayerName();
        return name == null ? otherwise : name;
    }
}
