package org.revlayers.layers;

import java.util.List;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.keep.Kept;
import org.revlayers.internal.keep.Prediction;
import org.revlayers.internal.kernel.norm.NormInput;
import org.revlayers.internal.layers.ActivationStore;
import org.revlayers.internal.layers.Weights;
import org.revlayers.internal.memory.Arena;

/** Runs a {@link NormLayer}. */
final class NormHost extends TokenHost<NormLayer> {

    private static final long serialVersionUID = 1L;

    NormHost(NeuralNetConfiguration conf, DataType type) {
        super(conf, type);
    }

    @Override
    protected boolean readsThinned() {
        return true;
    }

    @Override
    protected boolean canBeFrozen() {
        return true;
    }

    /** In a razor sequence, what backward reads is the normalised z, thinned, instead of the input. */
    @Override
    public boolean readsInput() {
        return inputThinning() == null;
    }

    @Override
    public List<Prediction> predictKept(InputType input) {
        NormLayer layer = layerConf();
        return inputThinning() == null
                ? super.predictKept(input)
                : layer.unit().predict(layer.tokens(input), layer.getNIn(), inputThinning());
    }

    @Override
    protected void forward(INDArray x, INDArray out, boolean training, Kept keep) {
        NormUnit unit = layerConf().unit();
        if (readsInput()) {
            keep.share(unit.name(), x);
        }
        unit.forward(NormInput.of(x), weights(training).under(unit.name()), out, keep);
        if (!readsInput() && keep.isRead()) {
            try (Arena.Scratch scratch = arena().scratch()) {
                INDArray z = scratch.take(x.dataType(), x.shape());
                unit.normalised(x, z, keep);
                thinned(x, keep, scratch).thin(unit.name(), z);
            }
        }
    }

    @Override
    protected void backward(INDArray x, INDArray dy, INDArray dx, Kept keep) {
        NormUnit unit = layerConf().unit();
        Weights w = weights(true).under(unit.name());
        if (readsInput()) {
            unit.backward(x, dy, null, dx, w, keep);
            return;
        }
        try (Arena.Scratch scratch = arena().scratch()) {
            INDArray z = thinned(dy, keep, scratch).recall(unit.name(), dy.dataType(), dy.shape());
            unit.backward(z, false, dy, null, dx, w, keep);
        }
    }

    /** Hidden tokens count as 0. */
    private ActivationStore thinned(INDArray like, Kept keep, Arena.Scratch scratch) {
        INDArray mask = mask();
        boolean byToken = mask != null && like.rank() == 3 && mask.size(1) == like.size(1);
        return new ActivationStore(inputThinning(), keep, like.size(0), byToken ? mask : null, scratch);
    }
}
