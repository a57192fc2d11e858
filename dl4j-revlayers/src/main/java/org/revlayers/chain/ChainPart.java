package org.revlayers.chain;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.params.BatchNormalizationParamInitializer;

/**
 * One layer inside a chain.
 *
 * @param prefix of its parameters' names, {@code subBlock.layer.}
 * @param layer  its configuration
 */
record ChainPart(String prefix, Layer layer) {

    private static final Set<String> STATISTICS = Set.of(
            BatchNormalizationParamInitializer.GLOBAL_MEAN,
            BatchNormalizationParamInitializer.GLOBAL_VAR,
            BatchNormalizationParamInitializer.GLOBAL_LOG_STD);

    /** All layers, in the order of their parameters. */
    static List<ChainPart> of(ReversibleChain chain) {
        List<ChainPart> parts = new ArrayList<>();
        for (SubBlock block : chain.getSubBlocks()) {
            parts.addAll(named(block.getName() + ".r", block.getEntry()));
            parts.addAll(named(block.getName() + ".", block.getFunction()));
        }
        parts.addAll(named("exit.", chain.getExit()));
        return parts;
    }

    private static List<ChainPart> named(String prefix, List<Layer> layers) {
        List<ChainPart> parts = new ArrayList<>();
        for (int i = 0; i < layers.size(); i++) {
            String name = layers.get(i).getLayerName();
            parts.add(new ChainPart(prefix + (name == null ? Integer.toString(i) : name) + ".", layers.get(i)));
        }
        return parts;
    }

    /** The layer that a parameter of the chain belongs to. */
    static ChainPart owner(ReversibleChain chain, String parameter) {
        for (ChainPart part : of(chain)) {
            if (parameter.startsWith(part.prefix)) {
                return part;
            }
        }
        throw new IllegalArgumentException("chain \"" + chain.getLayerName() + "\" has no parameter \"" + parameter
                + "\"; parameters are named subBlock.layer.parameter");
    }

    /** A parameter's name within its layer. */
    String local(String parameter) {
        return parameter.substring(prefix.length());
    }

    /** Whether DL4J divides what backward writes for a parameter by the batch size. */
    boolean dividedByMinibatch(String parameter) {
        return !(thawed(layer) instanceof BatchNormalization) || !STATISTICS.contains(local(parameter));
    }

    private static Layer thawed(Layer layer) {
        if (layer instanceof FrozenLayer f) {
            return thawed(f.getLayer());
        }
        return layer instanceof FrozenLayerWithBackprop f ? thawed(f.getUnderlying()) : layer;
    }

    long length() {
        return layer.initializer().numParams(layer);
    }

    /** Hands the network's defaults, which DL4J gives to the chain, on to layers that have none of their own. */
    static void inherit(ReversibleChain chain) {
        for (ChainPart part : of(chain)) {
            inherit(chain, part.layer);
        }
    }

    private static void inherit(ReversibleChain from, Layer to) {
        if (to instanceof FrozenLayer f) {
            inherit(from, f.getLayer());
        } else if (to instanceof FrozenLayerWithBackprop f) {
            inherit(from, f.getUnderlying());
        }
        if (to instanceof BaseLayer layer) {
            inherit(from, layer);
        }
        if (to instanceof ActivationLayer a && a.getActivationFn() == null) {
            a.setActivationFn(from.getActivationFn());
        }
        if (to instanceof ConvolutionLayer c && c.getConvolutionMode() == null) {
            c.setConvolutionMode(ConvolutionMode.Truncate);
        }
        if (to instanceof SubsamplingLayer s && s.getConvolutionMode() == null) {
            s.setConvolutionMode(ConvolutionMode.Truncate);
        }
    }

    private static void inherit(ReversibleChain from, BaseLayer to) {
        if (to.getRegularization() == null || to.getRegularization().isEmpty()) {
            to.setRegularization(from.getRegularization());
        }
        if (to.getRegularizationBias() == null || to.getRegularizationBias().isEmpty()) {
            to.setRegularizationBias(from.getRegularizationBias());
        }
        if (to.getActivationFn() == null) {
            to.setActivationFn(from.getActivationFn());
        }
        if (to.getWeightInitFn() == null) {
            to.setWeightInitFn(from.getWeightInitFn());
        }
        if (Double.isNaN(to.getBiasInit())) {
            to.setBiasInit(from.getBiasInit());
        }
        if (Double.isNaN(to.getGainInit())) {
            to.setGainInit(from.getGainInit());
        }
        if (to.getIUpdater() == null && from.getIUpdater() != null) {
            to.setIUpdater(from.getIUpdater().clone());
        }
        if (to.getBiasUpdater() == null && from.getBiasUpdater() != null) {
            to.setBiasUpdater(from.getBiasUpdater().clone());
        }
    }
}
