package org.revlayers.layers;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.kernel.NormInput;
import org.revlayers.memory.Kept;

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
    protected void forward(INDArray x, INDArray out, boolean training, Kept keep) {
        keep.share("norm", x);
        layerConf().unit().forward(NormInput.of(x), weights(training).under("norm"), out, keep);
    }

    @Override
    protected void backward(INDArray x, INDArray dy, INDArray dx, Kept keep) {
        layerConf().unit().backward(x, dy, null, dx, weights(true).under("norm"), keep);
    }
}
