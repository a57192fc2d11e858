package org.revlayers.internal.container;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import lombok.AccessLevel;
import lombok.Data;
import lombok.EqualsAndHashCode;
import lombok.Getter;
import lombok.NoArgsConstructor;
import lombok.Setter;
import lombok.ToString;
import org.deeplearning4j.nn.api.ParamInitializer;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.memory.LayerMemoryReport;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.shade.jackson.annotation.JsonIgnore;
import org.revlayers.internal.contract.Layouts;
import org.revlayers.internal.contract.PredictsKept;
import org.revlayers.internal.contract.Wrappers;
import org.revlayers.internal.inner.Composite;
import org.revlayers.internal.inner.HostChoice;

/**
 * Base of the layers that are made of layers: one layer to the network, which keeps its input and its output; what happens inside, and what of
 * it is kept for backward, is the container's own.
 *
 * <p>The parameters of all layers lie one after the other in one flattened view, under names with the layer's own in front, joined by dots: DL4J
 * splits its keys at underscores, so none may be in these names. Updaters, regularisation, weight initialisation and activation functions that
 * the network sets for all layers are handed on to the layers inside; the container's own gradient normalisation takes all of its parameters
 * together (without one, each layer inside has its own). Gradients are normalised by the updater, as DL4J does it, not in backward.
 *
 * <p>Recurrent layers inside run over whole sequences, with standard back-propagation through time; {@code rnnTimeStep} and truncated
 * back-propagation through time are refused ({@link WholeSequences}).
 *
 * <p>Not supported inside: layers with a loss, weight noise, and, of containers inside, constraints of their own and other noise than dropout in front.
 */
@Data
@NoArgsConstructor
@EqualsAndHashCode(callSuper = true)
@ToString(callSuper = true)
public abstract class ContainerLayer extends BaseLayer implements PredictsKept, Composite {

    private static final long serialVersionUID = 1L;

    /** Whether stock layers run as DL4J implements them instead of on this library's hosts. */
    private boolean stockHosts;

    /** Whether inputs are [mb, tokens, features] or [mb, height, width, channels]; set from the input type, null without one. */
    private Boolean featuresLast;

    /** Of the network that was last made from this configuration, or null. */
    @JsonIgnore
    @Setter(AccessLevel.NONE)
    @EqualsAndHashCode.Exclude
    @ToString.Exclude
    private transient DataType networkType;

    /** Of the network that was last made from this configuration, or null. */
    @JsonIgnore
    @Getter(AccessLevel.NONE)
    @Setter(AccessLevel.NONE)
    @EqualsAndHashCode.Exclude
    @ToString.Exclude
    private transient FollowedRate rate;

    /** From a builder. */
    protected ContainerLayer(BaseLayer.Builder<?> builder) {
        super(builder);
    }

    /** The layers inside, in the order of their parameters, with the prefixes of their names. */
    protected abstract List<Part> parts();

    /** The implementation, without parameters yet. */
    protected abstract ContainerHost<?> host(NeuralNetConfiguration conf, DataType type);

    /** What messages call this layer, such as {@code chain "stage3"}. */
    protected abstract String title();

    /** How parameters are named, for messages. */
    protected abstract String naming();

    /** Throws an error that names the invariant if the configuration cannot work. */
    protected void check(DataType type) {
        new PartCheck(this).check();
    }

    /**
     * Layers whose gradients the container's own gradient normalisation takes together, in the order of their parameters: all of them, unless
     * overridden.
     */
    protected List<List<Part>> normalisedTogether() {
        return List.of(parts());
    }

    /** What the way of keeping depends on and may change between two steps: another value, and the next forward keeps otherwise. */
    protected List<Object> keepingOptions() {
        return Part.keepingOptions(this);
    }

    /** At least those of {@link #parts()} that a parameter may belong to. */
    protected List<Part> partsNear(String parameter) {
        return parts();
    }

    /** The layers inside, in the order of their parameters, by what the names of these begin with. */
    public Map<String, Layer> innerLayers() {
        Map<String, Layer> layers = new LinkedHashMap<>();
        parts().forEach(part -> layers.put(part.prefix(), part.layer()));
        return layers;
    }

    /**
     * Told the network's count of updates: for chains that go along a schedule, inside, too.
     *
     * @param trained whether updates that a chain did not see are its own: not of a frozen one
     */
    protected void counted(int updates, boolean trained) {
        containers().forEach(container -> container.counted(updates, trained));
    }

    /** Whether the network has made updates that a chain in it did not see. */
    protected boolean isBehind(int updates) {
        return containers().anyMatch(container -> container.isBehind(updates));
    }

    /** Those inside that are not frozen. */
    private Stream<ContainerLayer> containers() {
        return parts().stream()
                .map(Part::layer)
                .filter(ContainerLayer.class::isInstance)
                .map(ContainerLayer.class::cast);
    }

    /** Who runs stock configurations. */
    public HostChoice hosts() {
        return stockHosts ? HostChoice.STOCK : HostChoice.OWN;
    }

    @Override
    public org.deeplearning4j.nn.api.Layer instantiate(
            NeuralNetConfiguration conf,
            Collection<TrainingListener> listeners,
            int layerIndex,
            INDArray paramsView,
            boolean initializeParams,
            DataType type) {
        check(type);
        networkType = type;
        ContainerHost<?> host = host(conf, type);
        host.setListeners(listeners);
        host.setIndex(layerIndex);
        host.setParamsViewArray(paramsView);
        host.setParamTable(initializer().init(conf, paramsView, initializeParams));
        host.setConf(conf);
        host.makeLayers();
        rate = new FollowedRate(this::getIUpdater);
        rate.watch();
        return host;
    }

    @Override
    public ParamInitializer initializer() {
        Part.inherit(this);
        return PartsInitializer.INSTANCE;
    }

    @Override
    public void setNIn(InputType input, boolean override) {
        Part.inherit(this);
        tellInputs(input, override);
        featuresLast = FeatureAxis.isLast(layoutOf(input));
    }

    /** Tells every layer the type of its input. */
    protected abstract void tellInputs(InputType input, boolean override);

    /** A type of the layout that {@link #getFeaturesLast()} speaks of: the input's, unless overridden. */
    protected InputType layoutOf(InputType input) {
        return input;
    }

    /** How many features this container adds to its input in front of its first layer: none, unless overridden. */
    protected int addedFeatures() {
        return 0;
    }

    @Override
    public InputPreProcessor getPreProcessorForInputType(InputType input) {
        List<Part> parts = parts();
        return parts.isEmpty() ? null : parts.get(0).layer().getPreProcessorForInputType(input);
    }

    @Override
    public List<Regularization> getRegularizationByParam(String name) {
        Part part = Part.owner(this, name);
        return part.regularization(this, part.local(name));
    }

    @Override
    public IUpdater getUpdaterByParam(String name) {
        if (rate != null) {
            rate.follow(change -> Part.forEachInside(this, layer -> {
                if (layer.getIUpdater() != null) {
                    IUpdater own = layer.getIUpdater().clone(); // configurations that are clones share it
                    change.accept(own);
                    layer.setIUpdater(own);
                }
            }));
        }
        Part part = Part.owner(this, name);
        return part.updater(this, part.local(name));
    }

    /** Before a network is made: the default of the layers inside. Later, as in transfer learning: for all of them. */
    @Override
    public void setIUpdater(IUpdater updater) {
        super.setIUpdater(updater);
        overrule(layer -> layer.setIUpdater(null));
    }

    /** As {@link #setIUpdater}. */
    @Override
    public void setBiasUpdater(IUpdater updater) {
        super.setBiasUpdater(updater);
        overrule(layer -> layer.setBiasUpdater(null));
    }

    /** As {@link #setIUpdater}. */
    @Override
    public void setRegularization(List<Regularization> regularization) {
        super.setRegularization(regularization);
        overrule(layer -> layer.setRegularization(new ArrayList<>()));
    }

    /** As {@link #setIUpdater}. */
    @Override
    public void setRegularizationBias(List<Regularization> regularization) {
        super.setRegularizationBias(regularization);
        overrule(layer -> layer.setRegularizationBias(new ArrayList<>()));
    }

    private void overrule(Consumer<BaseLayer> forget) {
        if (networkType != null) {
            Part.forEachInside(this, forget);
        }
        if (rate != null) {
            rate.watch();
        }
    }

    @Override
    public boolean isPretrainParam(String name) {
        return false;
    }

    @Override
    public InputType typeOf(long... shape) {
        return shape.length == 3 || shape.length == 4
                ? Layouts.of(shape).get(FeatureAxis.isLast(this, shape) ? 1 : 0)
                : PredictsKept.super.typeOf(shape);
    }

    @Override
    public LayerMemoryReport getMemoryReport(InputType input) {
        return PredictsKept.report(this, this, input);
    }

    @Override
    public ContainerLayer clone() {
        ContainerLayer copy = (ContainerLayer) super.clone();
        copy.rate = null;
        return copy;
    }

    /** Copies of layers that share nothing with them, in a list that can be changed. */
    protected static List<Layer> copies(List<Layer> layers) {
        return new ArrayList<>(layers.stream().map(Wrappers::copy).toList());
    }
}
