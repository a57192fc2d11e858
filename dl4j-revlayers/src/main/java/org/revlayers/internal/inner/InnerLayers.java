package org.revlayers.internal.inner;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import lombok.extern.slf4j.Slf4j;
import org.deeplearning4j.nn.api.layers.IOutputLayer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.dropout.Dropout;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.contract.InnerLayer;
import org.revlayers.internal.contract.Wrappers;
import org.revlayers.layers.TokenHost;
import org.revlayers.layers.TokenLayer;

/**
 * Makes an {@link InnerNetwork} from layer configurations: the layers of this library as they are, the common stock ones on hosts of our
 * own, the rest as DL4J implements it.
 *
 * <p>A stock configuration gets a host of ours if it is exactly one of the classes below, of type FLOAT or DOUBLE, without weight noise and
 * constraints, with no dropout but {@link Dropout}, with an activation function that draws no random numbers, and for images in NCHW:
 * {@link ConvolutionLayer}, {@link BatchNormalization}, {@link DenseLayer} (without layer normalisation), {@link ActivationLayer},
 * {@link DropoutLayer}, and {@link SubsamplingLayer} that takes maxima (whose dropout DL4J ignores); convolutions must not be dilated. One configuration may become several layers (dropout, the layer, its activation function), and a batch
 * normalisation takes over a ReLU behind it. A convolution and a batch normalisation with frozen statistics become one ({@link FoldedNorm}).
 *
 * <p>Frozen configurations run as in inference and get zero gradients; what only parameter gradients read is not kept, except inside transformer
 * blocks and embeddings. Unlike in DL4J, a plain {@link FrozenLayer} passes the gradient on
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
     * @param keeping    how the layers of a configuration keep what backward reads
     * @param outline    whether the layers are made without parameters, to tell what they keep and not to run
     */
    public record Setting(
            NeuralNetConfiguration conf,
            DataType type,
            int index,
            boolean initialize,
            HostChoice hosts,
            Function<Layer, Keeping> keeping,
            boolean outline) {

        /** A setting in which everything is kept as it is. */
        public Setting(NeuralNetConfiguration conf, DataType type, int index, boolean initialize, HostChoice hosts) {
            this(conf, type, index, initialize, hosts, layer -> Keeping.DENSE, false);
        }

        /** For layers that tell what they keep and do not run. */
        public static Setting outline(DataType type, HostChoice hosts) {
            return new Setting(
                    new NeuralNetConfiguration(),
                    type == null ? DataType.FLOAT : type,
                    0,
                    false,
                    hosts,
                    layer -> Keeping.DENSE,
                    true);
        }

        /** The same in another configuration, with everything kept as it is. */
        public Setting dense(NeuralNetConfiguration other) {
            return new Setting(other, type, index, initialize, hosts, layer -> Keeping.DENSE, outline);
        }

        /** Whether stock configurations run on hosts of this library. */
        public boolean isOwn() {
            return hosts == HostChoice.OWN && (type == DataType.FLOAT || type == DataType.DOUBLE);
        }

        /** The same with another way of keeping. */
        public Setting with(Function<Layer, Keeping> other) {
            return new Setting(conf, type, index, initialize, hosts, other, outline);
        }
    }

    private final Setting setting;
    private final List<InnerLayer> layers = new ArrayList<>();
    private final List<Trained> trained = new ArrayList<>();
    private final Set<InnerLayer> moved = Collections.newSetFromMap(new IdentityHashMap<>());

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
            if (i + 1 < configurations.size() && made.folds(configurations.get(i), configurations.get(i + 1))) {
                made.fold(configurations.subList(i, i + 2), parameters.subList(i, i + 2));
                i++;
                continue;
            }
            boolean relu = i + 1 < configurations.size() && OwnHosts.isRelu(configurations.get(i + 1));
            if (made.add(configurations.get(i), parameters.get(i), relu)) {
                i++;
                made.trained.add(Made.of(List.of()).trained(null));
            }
        }
        if (!made.layers.isEmpty() && made.layers.get(made.layers.size() - 1) instanceof InPlaceNormInner last) {
            last.readInput(); // the output is not the network's
        }
        log.debug("A container runs {}", made.layers);
        return new InnerNetwork(made.layers, made.trained, made.moved);
    }

    /** Layers that cannot run, to ask what they keep. */
    public static InnerNetwork outline(List<Layer> configurations, DataType type, HostChoice hosts) {
        return network(configurations, Slices.of(configurations, null), Setting.outline(type, hosts));
    }

    private boolean folds(Layer configuration, Layer next) {
        return setting.isOwn() && NormHosts.folds(configuration, next, setting.keeping.apply(next));
    }

    /** A convolution and a batch normalisation. */
    private void fold(List<Layer> configurations, List<INDArray> parameters) {
        int before = layers.size();
        List<Views> views = new ArrayList<>();
        for (int i = 0; i < configurations.size(); i++) {
            Views own = new Views(conf(configurations.get(i)), parameters.get(i), setting.initialize, false);
            views.add(own);
            trained.add(new Made(List.of(), own::setGradients, null, false).trained(parameters.get(i)));
        }
        Keeping keeping = setting.keeping.apply(configurations.get(0));
        layers.addAll(NormHosts.folded(
                (ConvolutionLayer) configurations.get(0),
                views.get(0),
                (BatchNormalization) configurations.get(1),
                views.get(1),
                keeping));
        if (keeping.moved()) {
            moved.addAll(layers.subList(before, layers.size()));
        }
    }

    /** Whether the next configuration, a ReLU if so told, has been taken over. */
    private boolean add(Layer configuration, INDArray parameters, boolean relu) {
        Layer thawed = Wrappers.thawed(configuration);
        boolean frozen = thawed != configuration;
        int before = layers.size();
        Made made = make(frozen ? FrozenInner.withoutNoise(thawed) : thawed, parameters, relu, frozen);
        if (!frozen) {
            layers.addAll(made.layers());
            trained.add(made.trained(parameters));
        } else {
            long length = made.constraints() == null || parameters == null ? 0 : parameters.length();
            made.layers()
                    .forEach(layer -> layers.add(new FrozenInner(layer, setting.type, length, made.gradientView())));
            Trained still = new Trained(
                    parameters == null ? 0 : parameters.length(), view -> view.assign(0), Trained.Constraints.NONE);
            trained.add(still);
        }
        if (setting.keeping.apply(thawed).moved()) {
            moved.addAll(layers.subList(before, layers.size()));
        }
        return made.withNext();
    }

    private Made make(Layer configuration, INDArray parameters, boolean relu, boolean frozen) {
        Keeping keeping = setting.keeping.apply(configuration);
        if (configuration instanceof Composite composite) {
            InnerModel model = composite.inner(parameters, setting);
            List<InnerLayer> made = new ArrayList<>(OwnHosts.dropout(configuration));
            made.add(model);
            return new Made(made, model::setGradients, model::applyConstraints, false);
        }
        if (configuration instanceof TokenLayer token && OwnHosts.isPlain(token)) {
            List<InnerLayer> made = new ArrayList<>(OwnHosts.dropout(token));
            if (setting.outline) {
                TokenHost<?> outline = token.outline(conf(token), setting.type);
                outline.keepInput(keeping.linear(), keeping.other());
                if (frozen) {
                    outline.freeze();
                }
                made.add(new Outline(token, outline));
                return Made.of(made);
            }
            TokenHost<?> host = (TokenHost<?>) instance(configuration, parameters);
            host.keepInput(keeping.linear(), keeping.other());
            made.add(host);
            if (frozen && host.freeze()) {
                return Made.of(made);
            }
            return new Made(made, host::setBackpropGradientsViewArray, host::applyConstraints, false);
        }
        Made own = setting.isOwn()
                ? OwnHosts.of(
                        configuration, relu, keeping, c -> new Views(conf(c), parameters, setting.initialize, frozen))
                : null;
        if (own != null) {
            return own;
        }
        if (setting.outline) {
            return Made.of(List.of(new StockInner(null, configuration, setting.type, keeping, frozen)));
        }
        org.deeplearning4j.nn.api.Layer layer = instance(configuration, parameters);
        return Made.of(
                new StockInner(layer, configuration, setting.type, keeping, frozen),
                view -> layer.setBackpropGradientsViewArray(view.reshape(view.length())), // as networks do
                layer::applyConstraints);
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
        NeuralNetConfiguration conf = InnerConfiguration.of(setting.conf, configuration);
        conf.setDataType(setting.type);
        return conf;
    }
}
