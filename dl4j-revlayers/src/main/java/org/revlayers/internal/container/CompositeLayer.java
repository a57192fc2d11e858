package org.revlayers.internal.container;

import java.util.List;
import lombok.Data;
import lombok.EqualsAndHashCode;
import lombok.NoArgsConstructor;
import lombok.ToString;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.nd4j.linalg.api.buffer.DataType;
import org.revlayers.internal.inner.InnerLayers;
import org.revlayers.internal.inner.Keeping;
import org.revlayers.internal.keep.Prediction;

/** Base of the containers that can be inside each other. */
@Data
@NoArgsConstructor
@EqualsAndHashCode(callSuper = true)
@ToString(callSuper = true)
public abstract class CompositeLayer extends ContainerLayer {

    private static final long serialVersionUID = 1L;

    /** From a builder. */
    protected CompositeLayer(BaseLayer.Builder<?> builder) {
        super(builder);
    }

    @Override
    protected ContainerHost<?> host(NeuralNetConfiguration conf, DataType type) {
        return RecurrentPart.of(this) == null ? new CompositeHost(conf, type) : new CompositeHost.Recurrent(conf, type);
    }

    @Override
    protected String naming() {
        return "layer.parameter";
    }

    @Override
    public List<Prediction> predictKept(InputType input) {
        InnerLayers.Setting setting = InnerLayers.Setting.outline(getNetworkType(), hosts());
        return outermost(null, setting.with(layer -> Keeping.WITH_MASKS)).predictKept(input);
    }
}
