package org.revlayers.inner;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import lombok.extern.slf4j.Slf4j;
import org.deeplearning4j.nn.api.layers.IOutputLayer;
import org.deeplearning4j.nn.conf.CacheMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.dropout.Dropout;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.layers.TokenHost;
import org.revlayers.layers.TokenLayer;

/**
 * Makes an {@link InnerNetwork} from layer configurations: the layers of this library as they are, the common stock ones on hosts of our
 * own, the rest as DL4J implements it.
 *
 * <p>A stock configuration gets a host of ours if it is exactly one of the classes below, of type FLOAT or DOUBLE, without weight noise and
 * constraints, with no dropout but {@link Dropout}, and with an activation function that draws no random numbers: {@link ActivationLayer},
 * {@link DropoutLayer}. One configuration may become several layers (dropout, the layer, its activation function).
 *
 * <p>Frozen configurations run as in inference and get zero gradients. Unlike in DL4J, a plain {@link FrozenLayer} passes the gradient on
 * too.
 */
@Slf4j
public final class InnerLayers {

    /**
     * What the layers have in common.
     *
     * @param conf       of the container: seed and the like are taken from it
     * @param type       of all arrays
     * @param index      of the container in its network, for messages
     * @param initialize whether the parameters are to be initialised, as their configurations say
     * @param hosts      who runs stock configurations
     */
    public record Setting(
            NeuralNetConfiguration conf, DataType type, int index, boolean initialize, HostChoice hosts) {}

    private final Setting setting;
    private final List<InnerLayer> layers = new ArrayList<>();
    private final List<Consumer<INDArray>> gradientViews = new ArrayList<>();
    private final List<org.deeplearning4j.nn.api.Layer> constrained = new ArrayList<>();

    private InnerLayers(Setting setting) {
        this.setting = setting;
    }

    /**
     * Makes the network.
     *
     * @param configurations of the layers
     * @param parameters     a flat view for each configuration, as its initialiser lays it out; null where there are no parameters
     */
    public static InnerNetwork network(List<Layer> configurations, List<INDArray> parameters, Setting setting) {
        if (configurations.size() != parameters.size()) {
            throw new IllegalArgumentException(
                    configurations.size() + " configurations need as many parameter views, got " + parameters.size()
                            + ": pass null where there are no parameters");
        }
        InnerLayers made = new InnerLayers(setting);
        for (int i = 0; i < configurations.size(); i++) {
            made.add(configurations.get(i), parameters.get(i));
        }
        log.debug("A container runs {}", made.layers);
        return new InnerNetwork(made.layers, made.gradientViews, made.constrained);
    }

    /** What one configuration becomes. */
    private record Made(
            List<InnerLayer> layers, Consumer<INDArray> gradientView, org.deeplearning4j.nn.api.Layer layer) {

        static Made of(InnerLayer... layers) {
            return new Made(List.of(layers), view -> {}, null);
        }
    }

    private void add(Layer configuration, INDArray parameters) {
        Layer thawed = thawed(configuration);
        if (thawed == configuration) {
            Made made = make(thawed, parameters);
            layers.addAll(made.layers);
            gradientViews.add(made.gradientView);
            if (made.layer != null) {
                constrained.add(made.layer);
            }
            return;
        }
        Made made = make(withoutNoise(thawed), parameters);
        long length = made.layer == null ? 0 : thawed.initializer().numParams(thawed);
        made.layers.forEach(layer -> layers.add(new FrozenInner(layer, setting.type, length, made.gradientView)));
        gradientViews.add(view -> view.assign(0));
    }

    private static Layer thawed(Layer configuration) {
        if (configuration instanceof FrozenLayer frozen) {
            return thawed(frozen.getLayer());
        }
        return configuration instanceof FrozenLayerWithBackprop frozen ? thawed(frozen.getUnderlying()) : configuration;
    }

    /** A frozen layer runs as in inference; DL4J's implementations may draw noise in backward all the same. */
    private static Layer withoutNoise(Layer configuration) {
        Layer quiet = configuration.clone();
        quiet.setIDropout(null);
        if (quiet instanceof BaseLayer base) {
            base.setWeightNoise(null);
        }
        return quiet;
    }

    private Made make(Layer configuration, INDArray parameters) {
        if (configuration instanceof TokenLayer token && isPlain(token)) {
            TokenHost<?> host = (TokenHost<?>) instance(configuration, parameters);
            List<InnerLayer> made = new ArrayList<>(dropout(token));
            made.add(host);
            return new Made(made, host::setBackpropGradientsViewArray, host);
        }
        Made own = setting.hosts == HostChoice.OWN && isFloating() ? own(configuration, parameters) : null;
        if (own != null) {
            return own;
        }
        org.deeplearning4j.nn.api.Layer layer = instance(configuration, parameters);
        return new Made(List.of(new StockInner(layer, setting.type)), layer::setBackpropGradientsViewArray, layer);
    }

    /** The hosts of a stock configuration, or null if there are none for it. */
    private Made own(Layer configuration, INDArray parameters) {
        if (configuration.getClass() == ActivationLayer.class) {
            var function = ((ActivationLayer) configuration).getActivationFn();
            return ActivationInner.hosts(function) ? new Made(activation(function), view -> {}, null) : null;
        }
        if (!isPlain(configuration)) {
            return null;
        }
        if (configuration.getClass() == DropoutLayer.class) {
            return configuration.getIDropout() == null
                    ? null
                    : Made.of(new DropoutInner((Dropout) configuration.getIDropout(), true));
        }
        return null;
    }

    private boolean isFloating() {
        return setting.type == DataType.FLOAT || setting.type == DataType.DOUBLE;
    }

    /** Whether there is nothing about the configuration that only DL4J's implementation knows. */
    private static boolean isPlain(Layer configuration) {
        boolean known = configuration.getIDropout() == null
                || configuration.getIDropout().getClass() == Dropout.class;
        boolean ours = configuration instanceof TokenLayer;
        boolean free = configuration.getConstraints() == null
                || configuration.getConstraints().isEmpty();
        return known && (ours || free) && !(configuration instanceof BaseLayer base && base.getWeightNoise() != null);
    }

    private static List<InnerLayer> dropout(Layer configuration) {
        return configuration.getIDropout() == null
                ? List.of()
                : List.of(new DropoutInner((Dropout) configuration.getIDropout(), false));
    }

    private static List<InnerLayer> activation(org.nd4j.linalg.activations.IActivation function) {
        return ActivationInner.isIdentity(function) ? List.of() : List.of(ActivationInner.of(function));
    }

    private org.deeplearning4j.nn.api.Layer instance(Layer configuration, INDArray parameters) {
        org.deeplearning4j.nn.api.Layer layer = configuration.instantiate(
                conf(configuration), List.of(), setting.index, parameters, setting.initialize, setting.type);
        if (layer instanceof IOutputLayer) {
            throw new IllegalArgumentException("a container cannot hold a layer with a loss; \""
                    + configuration.getLayerName() + "\" is one: put it behind the container");
        }
        return layer;
    }

    private NeuralNetConfiguration conf(Layer configuration) {
        NeuralNetConfiguration outer = setting.conf;
        NeuralNetConfiguration conf = new NeuralNetConfiguration();
        conf.setLayer(configuration);
        conf.setSeed(outer.getSeed());
        conf.setMiniBatch(outer.isMiniBatch());
        conf.setMinimize(outer.isMinimize());
        conf.setMaxNumLineSearchIterations(outer.getMaxNumLineSearchIterations());
        conf.setOptimizationAlgo(outer.getOptimizationAlgo());
        conf.setStepFunction(outer.getStepFunction());
        conf.setDataType(setting.type);
        conf.setCacheMode(CacheMode.NONE);
        return conf;
    }
}
