package org.revlayers.listeners;

import java.util.List;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.revlayers.function.Norm;
import org.revlayers.internal.keep.Prediction;
import org.revlayers.layers.NormLayer;

/** Works, but does not know what it keeps. */
final class UnpredictableNorm extends NormLayer {

    private static final long serialVersionUID = 1L;

    UnpredictableNorm() {
        setLayerName("norm");
    }

    @Override
    protected Norm kind() {
        return Norm.RMS;
    }

    @Override
    protected boolean affine() {
        return false;
    }

    @Override
    public List<Prediction> predictKept(InputType input) {
        throw new IllegalStateException("no idea");
    }
}
