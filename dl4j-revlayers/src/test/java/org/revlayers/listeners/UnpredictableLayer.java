package org.revlayers.listeners;

import java.util.List;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.nd4j.linalg.activations.Activation;
import org.revlayers.internal.contract.PredictsKept;
import org.revlayers.internal.keep.Prediction;

/** Fails wherever it is asked. */
final class UnpredictableLayer extends ActivationLayer implements PredictsKept {

    private static final long serialVersionUID = 1L;

    UnpredictableLayer() {
        super(Activation.TANH);
    }

    @Override
    public List<Prediction> predictKept(InputType input) {
        throw new IllegalStateException("no idea");
    }

    @Override
    public InputType typeOf(long... shape) {
        throw new IllegalStateException("no idea");
    }

    @Override
    public InputType getOutputType(int layerIndex, InputType inputType) {
        throw new NoClassDefFoundError("no idea");
    }

    @Override
    public UnpredictableLayer clone() {
        return new UnpredictableLayer();
    }
}
