package org.revlayers.layers;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.params.BatchNormalizationParamInitializer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.contract.Host;
import org.revlayers.internal.keep.Kept;
import org.revlayers.internal.layers.InPlaceNorm;
import org.revlayers.internal.memory.Arena;

/**
 * Runs an {@link InPlaceBatchNorm} as a layer of a network, which keeps the input; its output may be written over by the layer behind, so backward does not read it.
 */
final class InPlaceBatchNormHost extends Host<InPlaceBatchNorm> {

    private static final long serialVersionUID = 1L;

    /** Whether the last forward was one of training. */
    private transient boolean trained;

    InPlaceBatchNormHost(NeuralNetConfiguration conf, DataType type) {
        super(conf, type);
    }

    private InPlaceNorm norm() {
        return new InPlaceNorm(
                layerConf(),
                layerConf().rule(),
                this::getParam,
                name -> gradientViews == null ? null : gradientViews.get(name),
                true);
    }

    @Override
    public INDArray activate(boolean training, LayerWorkspaceMgr workspaceMgr) {
        assertInputSet(false);
        applyDropOutIfNecessary(training, workspaceMgr);
        forget();
        INDArray x = prepared(input);
        norm().check(x.shape());
        INDArray out = workspaceMgr.createUninitialized(ArrayType.ACTIVATIONS, dataType, x.shape(), 'c');
        try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            Kept keep = training ? kept : Kept.passing();
            keep.begin();
            norm().forward(x, out, training, keep);
            trained = training;
        }
        return out;
    }

    @Override
    protected void backward(INDArray x, INDArray epsilon, INDArray dx, Arena.Scratch scratch) {
        norm().backward(x, null, epsilon, dx, trained, kept);
    }

    /** The "gradients" of running statistics are changes, and no means over the batch. */
    @Override
    public boolean updaterDivideByMinibatch(String parameter) {
        return parameter.equals(BatchNormalizationParamInitializer.GAMMA)
                || parameter.equals(BatchNormalizationParamInitializer.BETA);
    }
}
