package org.revlayers.layers;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.AbstractLayer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Runs a {@link ScaleLayer} as a layer of a network. */
final class ScaleHost extends AbstractLayer<ScaleLayer> {

    private static final long serialVersionUID = 1L;

    ScaleHost(NeuralNetConfiguration conf, DataType type) {
        super(conf, type);
    }

    @Override
    public Type type() {
        return Type.FEED_FORWARD;
    }

    @Override
    public INDArray activate(boolean training, LayerWorkspaceMgr workspaces) {
        assertInputSet(false);
        INDArray out = workspaces.createUninitialized(
                ArrayType.ACTIVATIONS, input.dataType(), input.shape(), input.ordering());
        return input.muli(layerConf().getFactor(), out);
    }

    @Override
    public Pair<Gradient, INDArray> backpropGradient(INDArray dy, LayerWorkspaceMgr workspaces) {
        INDArray dx =
                workspaces.dup(ArrayType.ACTIVATION_GRAD, dy).muli(layerConf().getFactor());
        return new Pair<>(new DefaultGradient(), dx);
    }

    @Override
    public boolean isPretrainLayer() {
        return false;
    }

    @Override
    public void clearNoiseWeightParams() {
        // it has no parameters
    }
}
