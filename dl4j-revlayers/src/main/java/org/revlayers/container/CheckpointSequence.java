package org.revlayers.container;

import lombok.Data;
import lombok.EqualsAndHashCode;
import lombok.NoArgsConstructor;
import lombok.ToString;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.container.LayerSequence;
import org.revlayers.internal.inner.InnerLayers;
import org.revlayers.internal.inner.InnerModel;
import org.revlayers.internal.inner.Keeping;
import org.revlayers.internal.inner.Recomputed;

/**
 * Layers one after another of which nothing is kept for backward but the input, which the network keeps anyway: backward runs their forward once
 * more.
 *
 * <p>Kept: 0 bytes. Backward holds what the layers keep for themselves while they are computed again, and that is the peak: several short
 * sequences need less than one long one, and keep an output each. Exact gradients, one more forward.
 *
 * <p>Parameters are named {@code layer.parameter}; layers without a name have their number. The layers inside must give equal bits for equal
 * inputs; random ones draw the same numbers again.
 *
 * <pre>{@code
 * new CheckpointSequence.Builder()
 *         .layers(new ConvolutionLayer.Builder(3, 3).nOut(64).build(), new BatchNormalization(), new ActivationLayer(Activation.RELU))
 *         .build()
 * }</pre>
 *
 * @since 0.1.0
 */
@Data
@NoArgsConstructor
@EqualsAndHashCode(callSuper = true)
@ToString(callSuper = true)
public class CheckpointSequence extends LayerSequence {

    private static final long serialVersionUID = 1L;

    private CheckpointSequence(Builder builder) {
        super(builder);
    }

    @Override
    public InnerModel inner(INDArray parameters, InnerLayers.Setting setting) {
        return new Recomputed(network(parameters, setting.with(layer -> Keeping.DENSE)));
    }

    @Override
    protected String title() {
        return "checkpoint sequence \"" + getLayerName() + "\"";
    }

    /** Builds a {@link CheckpointSequence}. */
    @SuppressWarnings("unchecked") // build() of the superclass is generic in its result
    public static final class Builder extends LayerSequence.Builder<Builder> {

        @Override
        public CheckpointSequence build() {
            return new CheckpointSequence(this);
        }
    }
}
