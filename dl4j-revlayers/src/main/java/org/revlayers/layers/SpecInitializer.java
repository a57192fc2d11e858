package org.revlayers.layers;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.deeplearning4j.nn.api.ParamInitializer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.revlayers.internal.layers.ParamSpec;

/** Lays out, initialises and finds the parameters that a {@link TokenLayer} declares, in the order of their declaration. */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
final class SpecInitializer implements ParamInitializer {

    static final SpecInitializer INSTANCE = new SpecInitializer();

    private static List<ParamSpec> specs(Layer layer) {
        return ((TokenLayer) layer).paramSpecs();
    }

    @Override
    public long numParams(NeuralNetConfiguration conf) {
        return numParams(conf.getLayer());
    }

    @Override
    public long numParams(Layer layer) {
        return specs(layer).stream().mapToLong(ParamSpec::length).sum();
    }

    @Override
    public List<String> paramKeys(Layer layer) {
        return specs(layer).stream().map(ParamSpec::name).toList();
    }

    @Override
    public List<String> weightKeys(Layer layer) {
        return paramKeys(layer).stream().filter(k -> isWeightParam(layer, k)).toList();
    }

    @Override
    public List<String> biasKeys(Layer layer) {
        return paramKeys(layer).stream().filter(k -> isBiasParam(layer, k)).toList();
    }

    @Override
    public boolean isWeightParam(Layer layer, String key) {
        return specs(layer).stream().anyMatch(s -> s.name().equals(key) && s.kind() == ParamSpec.Kind.WEIGHT);
    }

    @Override
    public boolean isBiasParam(Layer layer, String key) {
        return specs(layer).stream().anyMatch(s -> s.name().equals(key) && s.kind() != ParamSpec.Kind.WEIGHT);
    }

    @Override
    public Map<String, INDArray> init(NeuralNetConfiguration conf, INDArray view, boolean initialize) {
        TokenLayer layer = (TokenLayer) conf.getLayer();
        return Collections.synchronizedMap(slice(layer, view, (spec, part) -> {
            conf.addVariable(spec.name());
            if (initialize) {
                switch (spec.kind()) {
                    case WEIGHT -> layer.getWeightInitFn()
                            .init(spec.fanIn(), spec.fanOut(), spec.shape(), 'c', part.reshape(part.length()));
                    case BIAS -> part.assign(layer.getBiasInit());
                    case GAIN -> part.assign(spec.initial());
                }
            }
            return part;
        }));
    }

    @Override
    public Map<String, INDArray> getGradientsFromFlattened(NeuralNetConfiguration conf, INDArray view) {
        return slice(conf.getLayer(), view, (spec, part) -> part);
    }

    private Map<String, INDArray> slice(Layer layer, INDArray view, BiFunction<ParamSpec, INDArray, INDArray> use) {
        if (specs(layer).isEmpty()) {
            return new LinkedHashMap<>(); // DL4J hands out no view then
        }
        if (view.length() != numParams(layer)) {
            throw new IllegalStateException("layer \"" + layer.getLayerName() + "\" has " + numParams(layer)
                    + " parameters, but its view has " + view.length() + " elements");
        }
        INDArray flat = view.reshape(view.length());
        Map<String, INDArray> parts = new LinkedHashMap<>();
        long offset = 0;
        for (ParamSpec spec : specs(layer)) {
            INDArray part = flat.get(NDArrayIndex.interval(offset, offset + spec.length()))
                    .reshape('c', spec.shape());
            parts.put(spec.name(), use.apply(spec, part));
            offset += spec.length();
        }
        return parts;
    }
}
