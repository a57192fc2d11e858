package org.revlayers.internal.container;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.contract.Pass;
import org.revlayers.internal.inner.InnerConfiguration;
import org.revlayers.internal.inner.InnerLayers;
import org.revlayers.internal.inner.InnerModel;
import org.revlayers.internal.inner.Keeping;
import org.revlayers.internal.memory.Arena;

/**
 * Hosts a {@link CompositeLayer} in DL4J. A forward in inference keeps nothing; if backward is called after one (a frozen layer that passes its
 * gradient on), the forward is run again, in inference mode, to get what backward needs.
 */
class CompositeHost extends ContainerHost<CompositeLayer> {

    private static final long serialVersionUID = 1L;

    private transient InnerModel inside;

    /** The training forward that waits for its backward. */
    private transient Pass step;

    CompositeHost(NeuralNetConfiguration conf, DataType type) {
        super(conf, type);
    }

    @Override
    protected void makeInside(INDArray parameters) {
        CompositeLayer layer = layerConf();
        NeuralNetConfiguration own = InnerConfiguration.of(conf, null);
        InnerLayers.Setting setting = new InnerLayers.Setting(own, dataType, getIndex(), false, layer.hosts());
        inside = layer.outermost(parameters, setting.with(l -> Keeping.WITH_MASKS));
    }

    @Override
    protected long verified() {
        return inside.verifiedReconstructions();
    }

    @Override
    protected boolean isMade() {
        return inside != null;
    }

    @Override
    protected void setInnerGradients(INDArray flat) {
        inside.setGradients(flat);
    }

    @Override
    protected void applyInnerConstraints(int iteration, int epoch) {
        inside.applyConstraints(iteration, epoch);
    }

    @Override
    protected INDArray outputMask(INDArray mask, long batch) {
        return inside.outputMask(mask, batch);
    }

    @Override
    public INDArray activate(boolean training, LayerWorkspaceMgr workspaceMgr) {
        assertInputSet(false);
        applyDropOutIfNecessary(training, workspaceMgr);
        forget();
        followOptions();
        INDArray x = prepared(input);
        INDArray out =
                workspaceMgr.createUninitialized(ArrayType.ACTIVATIONS, dataType, inside.outputShape(x.shape()), 'c');
        try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            Pass pass = pass(training);
            if (training) {
                keep(x, out, pass);
            } else {
                inside.forward(x, out, pass);
            }
        }
        return out;
    }

    private void keep(INDArray x, INDArray out, Pass pass) {
        kept().begin();
        try {
            inside.forward(x, out, pass, kept());
            step = pass;
        } catch (RuntimeException | Error e) {
            forget();
            throw e;
        }
    }

    @Override
    protected void backward(INDArray x, INDArray epsilon, INDArray dx, Arena.Scratch scratch) {
        if (step == null) {
            passesGradientOn();
            INDArray out = scratch.take(dataType, inside.outputShape(x.shape()));
            keep(x, out, pass(false));
            scratch.give(out);
        }
        // No layer inside reads the output: DL4J's next layer may have written over it.
        inside.backward(x, null, epsilon, dx, step, kept());
    }

    @Override
    protected void forget() {
        super.forget();
        step = null;
        if (inside != null) {
            inside.clear();
        }
    }

    /** With a recurrent layer inside. */
    static final class Recurrent extends CompositeHost implements WholeSequences {

        private static final long serialVersionUID = 1L;

        Recurrent(NeuralNetConfiguration conf, DataType type) {
            super(conf, type);
        }
    }
}
