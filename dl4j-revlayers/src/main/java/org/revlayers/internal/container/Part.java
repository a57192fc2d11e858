package org.revlayers.internal.container;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
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
import org.revlayers.internal.contract.Wrappers;

/**
 * One layer inside a container.
 *
 * @param prefix of its parameters' names, such as {@code subBlock.layer.}
 * @param layer  its configuration
 */
public record Part(String prefix, Layer layer) {

    /** Layers with names that begin with a prefix, by their own names or their numbers. */
    public static List<Part> named(String prefix, List<Layer> layers) {
        List<Part> parts = new ArrayList<>();
        for (int i = 0; i < layers.size(); i++) {
            String name = layers.get(i).getLayerName();
            parts.add(new Part(prefix + (name == null ? Integer.toString(i) : name) + ".", layers.get(i)));
        }
        return parts;
    }

    /** The layer that a parameter of a container belongs to. */
    static Part owner(ContainerLayer container, String parameter) {
        for (Part part : container.partsNear(parameter)) {
            if (parameter.startsWith(part.prefix)) {
                return part;
            }
        }
        throw new IllegalArgumentException(container.title() + " has no parameter \"" + parameter
                + "\"; parameters are named " + container.naming());
    }

    /** A parameter's name within its layer. */
    String local(String parameter) {
        return parameter.substring(prefix.length());
    }

    /** The layer inside a wrapper that a parameter belongs to, and as the prefix the parameter's name there. */
    private static Part unwrapped(Layer layer, String local) {
        if (layer instanceof BaseWrapperLayer w && !(layer instanceof FrozenLayerWithBackprop)) {
            return unwrapped(w.getUnderlying(), local);
        }
        return layer instanceof Bidirectional b
                ? unwrapped(b.getFwd(), local.substring(1)) // behind "f" or "b"
                : new Part(local, layer);
    }

    /** The updater of one of the layer's parameters: its own, or the container's; none if the layer is frozen. */
    IUpdater updater(ContainerLayer container, String parameter) {
        Part inside = unwrapped(layer, parameter);
        return inside.ownUpdater(container, inside.prefix);
    }

    private IUpdater ownUpdater(ContainerLayer container, String local) {
        if (Wrappers.isFrozen(layer)) {
            return new NoOp();
        }
        IUpdater own = layer.getUpdaterByParam(local);
        IUpdater bias = layer.initializer().isBiasParam(layer, local) ? container.getBiasUpdater() : null;
        boolean keepsOwn = bias == null || hasOwnBiasUpdater(layer, local);
        return own != null && keepsOwn ? own : bias != null ? bias : container.getIUpdater();
    }

    /** Whether a bias's own updater is not what a layer has for all of its parameters; in a container, that of the layer inside. */
    private static boolean hasOwnBiasUpdater(Layer layer, String local) {
        if (layer instanceof ContainerLayer container && container.getBiasUpdater() == null) {
            Part part = owner(container, local);
            Part inside = unwrapped(part.layer, part.local(local));
            return hasOwnBiasUpdater(inside.layer, inside.prefix);
        }
        return !(layer instanceof BaseLayer l) || l.getBiasUpdater() != null;
    }

    /**
     * The regularisation of one of the layer's parameters: its own, and those of the container's that are of other kinds; null if it is to have
     * none.
     */
    List<Regularization> regularization(ContainerLayer container, String parameter) {
        Part inside = unwrapped(layer, parameter);
        return inside.ownRegularization(container, inside.prefix);
    }

    private List<Regularization> ownRegularization(ContainerLayer container, String local) {
        List<Regularization> own = Wrappers.isFrozen(layer) ? null : layer.getRegularizationByParam(local);
        if (own == null) {
            return null; // as batch normalisation says it
        }
        boolean bias = layer.initializer().isBiasParam(layer, local);
        List<Regularization> inherited = bias ? container.getRegularizationBias() : container.getRegularization();
        List<Regularization> all = new ArrayList<>(own);
        inherited.stream()
                .filter(r -> own.stream().noneMatch(o -> o.getClass() == r.getClass()))
                .forEach(all::add);
        return all;
    }

    /** Whether a parameter holds running statistics, whose "gradient" is a change and no mean over the batch. */
    boolean isStatistic(String local) {
        Layer thawed = Wrappers.thawed(layer);
        if (thawed instanceof ContainerLayer container) {
            Part part = owner(container, local);
            return part.isStatistic(part.local(local));
        }
        return thawed instanceof BatchNormalization
                && (local.equals(BatchNormalizationParamInitializer.GLOBAL_MEAN)
                        || local.equals(BatchNormalizationParamInitializer.GLOBAL_VAR)
                        || local.equals(BatchNormalizationParamInitializer.GLOBAL_LOG_STD));
    }

    /**
     * Hands the network's defaults, which DL4J gives to the container, on to layers that have none of their own. Updaters and regularisation are
     * not handed on but looked up, so that they can change later.
     */
    static void inherit(ContainerLayer container) {
        container.parts().forEach(part -> inherit(container, part.layer));
    }

    private static void inherit(ContainerLayer from, Layer to) {
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

    private static void inherit(ContainerLayer from, BaseLayer to) {
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

    private static void inherit(ContainerLayer from, AbstractSameDiffLayer to) {
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

    /** The {@link ContainerLayer#keepingOptions} of the containers inside a container, frozen ones too. */
    static List<Object> keepingOptions(ContainerLayer container) {
        List<Object> options = new ArrayList<>();
        container.parts().forEach(part -> {
            if (Wrappers.thawed(part.layer) instanceof ContainerLayer inside) {
                options.addAll(inside.keepingOptions());
            }
        });
        return options;
    }

    /** Does something with every layer inside a container that has settings of its own, those of containers inside too. */
    static void forEachInside(ContainerLayer container, Consumer<BaseLayer> work) {
        container.parts().forEach(part -> {
            if (part.layer() instanceof BaseLayer layer) {
                work.accept(layer);
            }
            if (part.layer() instanceof ContainerLayer inner) {
                forEachInside(inner, work);
            }
        });
    }
}
