package org.revlayers.chain;

import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.conf.layers.samediff.AbstractSameDiffLayer;
import org.deeplearning4j.nn.conf.layers.wrapper.BaseWrapperLayer;
import org.deeplearning4j.nn.params.BatchNormalizationParamInitializer;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.learning.regularization.Regularization;

/**
 * One layer inside a chain.
 *
 * @param prefix of its parameters' names, {@code subBlock.layer.}
 * @param layer  its configuration
 */
record ChainPart(String prefix, Layer layer) {

    /** All layers, in the order of their parameters. */
    static List<ChainPart> of(ReversibleChain chain) {
        List<ChainPart> parts = new ArrayList<>();
        parts.addAll(named("stem.", chain.getStem()));
        chain.getSubBlocks().forEach(block -> parts.addAll(of(block)));
        parts.addAll(named("exit.", chain.getExit()));
        return parts;
    }

    private static List<ChainPart> of(SubBlock block) {
        List<ChainPart> parts = named(block.getName() + ".r", block.getEntry());
        parts.addAll(named(block.getName() + ".", block.getFunction()));
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
        String name = parameter.substring(0, Math.max(0, parameter.indexOf('.')));
        List<ChainPart> parts =
                switch (name) {
                    case "stem" -> named("stem.", chain.getStem());
                    case "exit" -> named("exit.", chain.getExit());
                    default -> new ArrayList<>();
                };
        for (SubBlock block : chain.getSubBlocks()) {
            if (name.equals(block.getName())) {
                parts.addAll(of(block));
            }
        }
        for (ChainPart part : parts) {
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

    private static Layer thawed(Layer layer) {
        if (layer instanceof FrozenLayer f) {
            return thawed(f.getLayer());
        }
        return layer instanceof FrozenLayerWithBackprop f ? thawed(f.getUnderlying()) : layer;
    }

    long length() {
        return layer.initializer().numParams(layer);
    }

    /** The updater of one of the layer's parameters: its own, or the chain's; none if the layer is frozen. */
    IUpdater updater(ReversibleChain chain, String local) {
        if (isFrozen()) {
            return new NoOp();
        }
        IUpdater own = layer.getUpdaterByParam(local);
        IUpdater bias = layer.initializer().isBiasParam(layer, local) ? chain.getBiasUpdater() : null;
        boolean keepsOwn = bias == null || !(layer instanceof BaseLayer l) || l.getBiasUpdater() != null;
        return own != null && keepsOwn ? own : bias != null ? bias : chain.getIUpdater();
    }

    /** The regularisation of one of the layer's parameters: its own, and those of the chain's that are of other kinds. */
    List<Regularization> regularization(ReversibleChain chain, String local) {
        List<Regularization> own = isFrozen() ? null : layer.getRegularizationByParam(local);
        if (own == null) {
            return List.of(); // batch normalisation, say, wants none
        }
        boolean bias = layer.initializer().isBiasParam(layer, local);
        List<Regularization> inherited = bias ? chain.getRegularizationBias() : chain.getRegularization();
        List<Regularization> all = new ArrayList<>(own);
        inherited.stream()
                .filter(r -> own.stream().noneMatch(o -> o.getClass() == r.getClass()))
                .forEach(all::add);
        return all;
    }

    /** Whether a parameter holds running statistics, whose "gradient" is a change and no mean over the batch. */
    boolean isStatistic(String local) {
        return thawed(layer) instanceof BatchNormalization
                && (local.equals(BatchNormalizationParamInitializer.GLOBAL_MEAN)
                        || local.equals(BatchNormalizationParamInitializer.GLOBAL_VAR)
                        || local.equals(BatchNormalizationParamInitializer.GLOBAL_LOG_STD));
    }

    private boolean isFrozen() {
        return layer instanceof FrozenLayer || layer instanceof FrozenLayerWithBackprop;
    }

    /**
     * Hands the network's defaults, which DL4J gives to the chain, on to layers that have none of their own. Updaters and regularisation are
     * not handed on but looked up, so that they can change later.
     */
    static void inherit(ReversibleChain chain) {
        for (ChainPart part : of(chain)) {
            inherit(chain, part.layer);
        }
    }

    private static void inherit(ReversibleChain from, Layer to) {
        if (to instanceof FrozenLayer f) {
            inherit(from, f.getLayer());
        } else if (to instanceof BaseWrapperLayer w) {
            inherit(from, w.getUnderlying());
        } else if (to instanceof Bidirectional b) {
            inherit(from, b.getFwd());
            inherit(from, b.getBwd());
        } else if (to instanceof BaseLayer layer) {
            inherit(from, layer);
        } else if (to instanceof AbstractSameDiffLayer layer) {
            inherit(from, layer);
        } else if (to instanceof ActivationLayer a && a.getActivationFn() == null) {
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
    }

    private static void inherit(ReversibleChain from, AbstractSameDiffLayer to) {
        if (to.getRegularization() == null) {
            to.setRegularization(new ArrayList<>());
        }
        if (to.getRegularizationBias() == null) {
            to.setRegularizationBias(new ArrayList<>());
        }
        if (from.getWeightInitFn() != null && from.getActivationFn() != null) {
            to.applyGlobalConfigToLayer(new NeuralNetConfiguration.Builder()
                    .weightInit(from.getWeightInitFn())
                    .activation(from.getActivationFn()));
        }
    }
}
