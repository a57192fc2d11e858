package org.revlayers.internal.container;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.BiPredicate;
import java.util.function.Function;
import org.deeplearning4j.nn.api.ParamInitializer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.conf.layers.wrapper.BaseWrapperLayer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.inner.InnerConfiguration;
import org.revlayers.internal.inner.Slices;

/** Lays out the parameters of a container's layers one after the other; each layer's own initializer does the rest. */
final class PartsInitializer implements ParamInitializer {

    static final PartsInitializer INSTANCE = new PartsInitializer();

    private PartsInitializer() {}

    private static List<Part> parts(Layer layer) {
        return ((ContainerLayer) layer).parts();
    }

    @Override
    public long numParams(NeuralNetConfiguration conf) {
        return numParams(conf.getLayer());
    }

    @Override
    public long numParams(Layer layer) {
        return parts(layer).stream()
                .mapToLong(part -> Slices.parameters(part.layer()))
                .sum();
    }

    @Override
    public List<String> paramKeys(Layer layer) {
        return keys(layer, l -> l.initializer().paramKeys(l));
    }

    @Override
    public List<String> weightKeys(Layer layer) {
        return keys(layer, l -> l.initializer().weightKeys(l));
    }

    @Override
    public List<String> biasKeys(Layer layer) {
        return keys(layer, l -> l.initializer().biasKeys(l));
    }

    private static List<String> keys(Layer layer, Function<Layer, List<String>> of) {
        List<String> keys = new ArrayList<>();
        for (Part part : parts(layer)) {
            of.apply(part.layer()).forEach(k -> keys.add(part.prefix() + k));
        }
        return keys;
    }

    @Override
    public boolean isWeightParam(Layer layer, String key) {
        return is(layer, key, (l, k) -> l.initializer().isWeightParam(l, k));
    }

    @Override
    public boolean isBiasParam(Layer layer, String key) {
        return is(layer, key, (l, k) -> l.initializer().isBiasParam(l, k));
    }

    private static boolean is(Layer layer, String key, BiPredicate<Layer, String> test) {
        Part part = Part.owner((ContainerLayer) layer, key);
        return test.test(part.layer(), part.local(key));
    }

    @Override
    public Map<String, INDArray> init(NeuralNetConfiguration conf, INDArray view, boolean initialize) {
        Map<String, INDArray> all = collect(conf.getLayer(), view, (part, slice) -> part.layer()
                .initializer()
                .init(InnerConfiguration.of(conf, part.layer()), slice, initialize));
        all.keySet().forEach(conf::addVariable);
        return Collections.synchronizedMap(all);
    }

    @Override
    public Map<String, INDArray> getGradientsFromFlattened(NeuralNetConfiguration conf, INDArray view) {
        return collect(conf.getLayer(), view, (part, slice) -> gradients(conf, part.layer(), slice));
    }

    /** As the layer's initializer gives them; DL4J's for {@link Bidirectional} casts it to the layer inside, which only the network's own calls avoid. */
    private static Map<String, INDArray> gradients(NeuralNetConfiguration conf, Layer layer, INDArray view) {
        if (layer instanceof BaseWrapperLayer wrapper && !(layer instanceof FrozenLayerWithBackprop)) {
            return gradients(conf, wrapper.getUnderlying(), view);
        }
        if (layer instanceof Bidirectional both) {
            List<INDArray> halves = Slices.cut(List.of(view.length() / 2, view.length() / 2), view);
            Map<String, INDArray> all = new LinkedHashMap<>();
            gradients(conf, both.getFwd(), halves.get(0)).forEach((k, v) -> all.put("f" + k, v));
            gradients(conf, both.getBwd(), halves.get(1)).forEach((k, v) -> all.put("b" + k, v));
            return all;
        }
        return layer.initializer().getGradientsFromFlattened(InnerConfiguration.of(conf, layer), view);
    }

    private static Map<String, INDArray> collect(
            Layer layer, INDArray view, BiFunction<Part, INDArray, Map<String, INDArray>> of) {
        Map<String, INDArray> all = new LinkedHashMap<>();
        Iterator<INDArray> slices = slices(layer, view).iterator();
        for (Part part : parts(layer)) {
            INDArray slice = slices.next();
            if (slice != null) {
                of.apply(part, slice).forEach((k, v) -> all.put(part.prefix() + k, v));
            }
        }
        return all;
    }

    /** The part of a flattened view that belongs to each layer, a row; null for layers without parameters. */
    static List<INDArray> slices(Layer layer, INDArray view) {
        return Slices.of(parts(layer).stream().map(Part::layer).toList(), view);
    }
}
