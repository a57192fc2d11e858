package org.revlayers.internal.container;

import java.util.ArrayList;
import java.util.List;
import lombok.Data;
import lombok.EqualsAndHashCode;
import lombok.NoArgsConstructor;
import lombok.ToString;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.inner.InnerLayers;
import org.revlayers.internal.inner.InnerNetwork;
import org.revlayers.internal.inner.Slices;

/** Base of the containers that run layers one after another. */
@Data
@NoArgsConstructor
@EqualsAndHashCode(callSuper = true)
@ToString(callSuper = true)
public abstract class LayerSequence extends CompositeLayer {

    private static final long serialVersionUID = 1L;

    /** In the order in which they run, and in which their parameters lie. */
    private List<Layer> layers = new ArrayList<>();

    /**
     * Names of the network's layers that this sequence was converted from, in the order of the layers inside, a residual unit's addition behind
     * its layers; empty if it was written as a sequence.
     */
    private List<String> vertices = new ArrayList<>();

    /** From a builder. */
    protected LayerSequence(Builder<?> builder) {
        super(builder);
        layers = new ArrayList<>(builder.layers);
        setStockHosts(builder.stockHosts);
        initializeConstraints(builder);
    }

    /** The layers as they run. */
    protected InnerNetwork network(INDArray parameters, InnerLayers.Setting setting) {
        return InnerLayers.network(layers, Slices.of(layers, parameters), setting);
    }

    @Override
    protected List<Part> parts() {
        return Part.named("", layers);
    }

    @Override
    protected void check(DataType type) {
        new PartCheck(this).require(!layers.isEmpty(), "has no layers: add some with layers(...)");
        super.check(type);
    }

    @Override
    public InputType getOutputType(int layerIndex, InputType input) {
        return Types.through(title(), layers, input);
    }

    @Override
    protected void tellInputs(InputType input, boolean override) {
        Types.through(title(), layers, input, (layer, type) -> layer.setNIn(type, override));
    }

    @Override
    public LayerSequence clone() {
        LayerSequence copy = (LayerSequence) super.clone();
        copy.layers = copies(layers);
        copy.vertices = new ArrayList<>(vertices);
        return copy;
    }

    /** Builds a {@link LayerSequence}. */
    @SuppressWarnings("unchecked") // DL4J's builders return the type of the builder that is being built with
    public abstract static class Builder<T extends Builder<T>> extends BaseLayer.Builder<T> {

        private final List<Layer> layers = new ArrayList<>();
        private boolean stockHosts;

        /** Appends layers. */
        public T layers(Layer... more) {
            layers.addAll(List.of(more));
            return (T) this;
        }

        /** Whether stock layers run as DL4J implements them instead of on this library's hosts. */
        public T stockHosts(boolean stock) {
            stockHosts = stock;
            return (T) this;
        }
    }
}
