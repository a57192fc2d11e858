package org.revlayers.chain;

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
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Lays out the parameters of a chain's layers one after the other; each layer's own initializer does the rest. */
final class ChainInitializer implements ParamInitializer {

    static final ChainInitializer INSTANCE = new ChainInitializer();

    private ChainInitializer() {}

    private static List<ChainPart> parts(Layer layer) {
        return ((ReversibleChain) layer).parts();
    }

    @Override
    public long numParams(NeuralNetConfiguration conf) {
        return numParams(conf.getLayer());
    }

    @Override
    public long numParams(Layer layer) {
        return parts(layer).stream().mapToLong(ChainPart::length).sum();
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
        for (ChainPart part : parts(layer)) {
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
        ChainPart part = ChainPart.owner((ReversibleChain) layer, key);
        return test.test(part.layer(), part.local(key));
    }

    @Override
    public Map<String, INDArray> init(NeuralNetConfiguration conf, INDArray view, boolean initialize) {
        Map<String, INDArray> all = collect(conf.getLayer(), view, (part, slice) -> part.layer()
                .initializer()
                .init(inner(conf, part.layer()), slice, initialize));
        all.keySet().forEach(conf::addVariable);
        return Collections.synchronizedMap(all);
    }

    @Override
    public Map<String, INDArray> getGradientsFromFlattened(NeuralNetConfiguration conf, INDArray view) {
        return collect(conf.getLayer(), view, (part, slice) -> part.layer()
                .initializer()
                .getGradientsFromFlattened(inner(conf, part.layer()), slice));
    }

    private static Map<String, INDArray> collect(
            Layer layer, INDArray view, BiFunction<ChainPart, INDArray, Map<String, INDArray>> of) {
        Map<String, INDArray> all = new LinkedHashMap<>();
        Iterator<INDArray> slices = slices(layer, view).iterator();
        for (ChainPart part : parts(layer)) {
            INDArray slice = slices.next();
            if (slice != null) {
                of.apply(part, slice).forEach((k, v) -> all.put(part.prefix() + k, v));
            }
        }
        return all;
    }

    /** The part of a flattened view that belongs to each layer, a row; null for layers without parameters. */
    static List<INDArray> slices(Layer layer, INDArray view) {
        List<INDArray> slices = new ArrayList<>();
        long offset = 0;
        INDArray flat = view == null ? null : view.reshape(view.length());
        for (ChainPart part : parts(layer)) {
            long length = part.length();
            slices.add(
                    length == 0 || flat == null
                            ? null
                            : flat.get(NDArrayIndex.interval(offset, offset + length))
                                    .reshape('c', 1, length));
            offset += length;
        }
        return slices;
    }

    /** The configuration that an inner layer is made with: the chain's with another layer. */
    static NeuralNetConfiguration inner(NeuralNetConfiguration chain, Layer layer) {
        NeuralNetConfiguration conf = new NeuralNetConfiguration();
        conf.setLayer(layer);
        conf.setSeed(chain.getSeed());
        conf.setDataType(chain.getDataType());
        conf.setMiniBatch(chain.isMiniBatch());
        conf.setMinimize(chain.isMinimize());
        conf.setMaxNumLineSearchIterations(chain.getMaxNumLineSearchIterations());
        conf.setOptimizationAlgo(chain.getOptimizationAlgo());
        conf.setStepFunction(chain.getStepFunction());
        return conf;
    }
}
