package org.revlayers.listeners;

import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.container.RazorSequence;
import org.revlayers.container.ThinnedLayer;
import org.revlayers.internal.keep.Thinning;
import org.revlayers.internal.kernel.razor.RazorLayout;

/**
 * Prune ratios by layer instead of one for all: every so many steps the layers of a network's {@link RazorSequence}s get those that their importance
 * in that step says. It is what SURGEON (CVPR 2025) proposes for its own pruning of activations, applied to Back Razor, which has one ratio; nothing
 * says that it is better on a given task.
 *
 * <pre>
 *   I_i = Norm(−log(m_i / Σ m)) · Norm(rms of the gradient of layer i's weights)      Norm: divided by the largest of all layers
 *   p_i = 1 − I_i / max I, clipped to [least, greatest]
 * </pre>
 *
 * <p>m_i are the bytes of activations that would be kept for the layer without thinning (its input, and what an attention, MLP or transformer block
 * keeps inside), so that a small layer with large gradients is kept densest. The sums and maxima go over all razor sequences of the network. Norms
 * keep the sequence's own ratio: they have no weights but gains, whose gradients are sums over all tokens or pixels and would outweigh the others'.
 * Layers that the razor does nothing for ({@link RazorSequence#denseInputs()}), frozen ones and others without weights have no ratio either;
 * sequences whose razor is off are left alone. Layers of one name in one sequence have one ratio, for their sum.
 *
 * <p>The ratios take the value type of the sequence's own thinning, replace those that were set by name ({@link RazorSequence#getThinnings()}), and
 * hold from the next step on. They are part of the configuration: a run that is resumed from a model file, with a listener of the same settings,
 * goes on with the same ratios and the same bits. Forward never depends on them. A step without gradients, or with some that are not finite, leaves
 * the ratios as they are.
 *
 * <pre>{@code
 * net.addListeners(new AdaptiveRazor(100, 0.5, 0.97));
 * }</pre>
 *
 * <p>For networks that train themselves: the replicas of a {@code ParallelWrapper} have configurations of their own, which this does not change.
 *
 * @since 0.1.0
 */
public final class AdaptiveRazor extends BaseTrainingListener {

    /** Steps between two looks at the gradients, if not said otherwise. */
    public static final int INTERVAL = 100;

    private static final double LEAST = 0.5;
    private static final double GREATEST = 0.97;

    private final int interval;
    private final double least;
    private final double greatest;

    /** What layers of one name in one sequence have. */
    private record Place(RazorSequence sequence, String layer) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Place place && place.sequence == sequence && place.layer.equals(layer);
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(sequence) * 31 + layer.hashCode();
        }
    }

    private record Sums(double bytes, double squares, long count) {

        Sums plus(Sums other) {
            return new Sums(bytes + other.bytes, squares + other.squares, count + other.count);
        }

        double rms() {
            return Math.sqrt(squares / count);
        }
    }

    /**
     * Ratios from 0.5 to 0.97, the largest at which the paper found no loss of accuracy.
     *
     * @param interval in iterations, such as {@link #INTERVAL}
     */
    public static AdaptiveRazor every(int interval) {
        return new AdaptiveRazor(interval, LEAST, GREATEST);
    }

    /**
     * As told.
     *
     * @param interval in iterations of the network, the first (number 0) included
     * @param least    prune ratio, in [0, greatest]
     * @param greatest prune ratio, below 1
     */
    public AdaptiveRazor(int interval, double least, double greatest) {
        if (interval < 1) {
            throw new IllegalArgumentException("the interval is a number of iterations from 1 on; got " + interval);
        }
        RazorLayout.rank(1, least);
        RazorLayout.rank(1, greatest);
        if (least > greatest) {
            throw new IllegalArgumentException("the least prune ratio must not be above the greatest; got " + least
                    + " and " + greatest + ": swap them");
        }
        this.interval = interval;
        this.least = least;
        this.greatest = greatest;
    }

    /** The gradients are there, the updater has not seen them yet. */
    @Override
    public void onBackwardPass(Model model) {
        int iteration = model instanceof MultiLayerNetwork net
                ? net.getIterationCount()
                : ((ComputationGraph) model).getIterationCount();
        if (iteration % interval != 0) {
            return;
        }
        Layer[] layers =
                model instanceof MultiLayerNetwork net ? net.getLayers() : ((ComputationGraph) model).getLayers();
        Map<Place, Sums> places = new LinkedHashMap<>();
        for (Layer layer : layers) {
            if (layer.conf().getLayer() instanceof RazorSequence sequence && layer.getGradientsViewArray() != null) {
                collect(sequence, layer, places);
            }
        }
        if (places.isEmpty()) {
            return; // all razors are off
        }
        if (places.size() == 1) {
            throw new IllegalStateException(
                    "an AdaptiveRazor compares layers; the network has one whose input is thinned, "
                            + places.keySet().iterator().next().layer()
                            + ": set its ratio with setMemory(Memory.razor(0.9)), say, instead");
        }
        apply(places);
    }

    private static void collect(RazorSequence sequence, Layer layer, Map<Place, Sums> places) {
        Map<String, INDArray> gradients =
                sequence.initializer().getGradientsFromFlattened(layer.conf(), layer.getGradientsViewArray());
        for (ThinnedLayer thinned :
                sequence.thinnedLayers(sequence.typeOf(layer.input().shape()))) {
            double squares = 0;
            long count = 0;
            for (String weight : thinned.layer().initializer().weightKeys(thinned.layer())) {
                INDArray gradient = gradients.get(thinned.path() + "." + weight);
                double norm = gradient.norm2Number().doubleValue();
                squares += norm * norm;
                count += gradient.length();
            }
            if (count > 0) {
                places.merge(
                        new Place(sequence, name(thinned)), new Sums(thinned.denseBytes(), squares, count), Sums::plus);
            }
        }
    }

    private static String name(ThinnedLayer thinned) {
        if (thinned.layer().getLayerName() == null) {
            throw new IllegalStateException("an AdaptiveRazor sets ratios by the names of layers; the one at \""
                    + thinned.path() + "\" has none: give it one with name(...)");
        }
        return thinned.layer().getLayerName();
    }

    private void apply(Map<Place, Sums> places) {
        double bytes = places.values().stream().mapToDouble(Sums::bytes).sum();
        Map<Place, Double> importances = new LinkedHashMap<>();
        // Norm divides by the largest: a factor that all layers have in common, which 1 − I/max I takes out again.
        places.forEach((place, sums) -> importances.put(place, -Math.log(sums.bytes() / bytes) * sums.rms()));
        double largest = importances.values().stream().mapToDouble(i -> i).max().orElseThrow();
        if (!(largest > 0) || importances.values().stream().anyMatch(i -> !Double.isFinite(i))) {
            return;
        }
        Map<RazorSequence, Map<String, Thinning>> ratios = new IdentityHashMap<>();
        importances.forEach((place, importance) -> {
            double prune = Math.min(greatest, Math.max(least, 1 - importance / largest));
            ratios.computeIfAbsent(place.sequence(), s -> new LinkedHashMap<>(s.getThinnings()))
                    .put(place.layer(), place.sequence().getThinning().withPrune(prune));
        });
        ratios.forEach(RazorSequence::setThinnings);
    }
}
