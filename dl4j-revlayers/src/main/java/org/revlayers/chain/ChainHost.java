package org.revlayers.chain;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.container.ContainerHost;
import org.revlayers.internal.container.WholeSequences;
import org.revlayers.internal.contract.Pass;
import org.revlayers.internal.inner.InnerConfiguration;
import org.revlayers.internal.inner.InnerLayers;
import org.revlayers.internal.memory.Arena;
import org.revlayers.reversible.Coefficients;

/**
 * Hosts a {@link ReversibleChain} in DL4J: inputs and outputs in DL4J's workspaces, everything else in {@link ChainStep}.
 *
 * @since 0.1.0
 */
public class ChainHost extends ContainerHost<ReversibleChain> {

    private static final long serialVersionUID = 1L;

    private transient ChainRun run;

    ChainHost(NeuralNetConfiguration conf, DataType type) {
        super(conf, type);
    }

    @Override
    protected long verified() {
        return run.verifiedReconstructions();
    }

    /** α and β of the step that comes next. */
    public Coefficients coefficients() {
        return layerConf().coefficients();
    }

    /** Where its images have their channels. */
    ImageOrder imageOrder() {
        return run.imageOrder();
    }

    /** The shape that the streams begin with: of what the layers in front of them make of an input. */
    public long[] stemShape(long... input) {
        return run.stemShape(input);
    }

    @Override
    protected void applyInnerConstraints(int iteration, int epoch) {
        run.update(iteration, epoch);
    }

    @Override
    protected void makeInside(INDArray parameters) {
        NeuralNetConfiguration own = InnerConfiguration.of(conf, layerConf());
        InnerLayers.Setting setting = new InnerLayers.Setting(
                own, dataType, getIndex(), false, layerConf().hosts());
        run = new ChainRun(layerConf(), layerConf().branches(parameters, setting), setting).turned();
    }

    @Override
    protected boolean isMade() {
        return run != null;
    }

    @Override
    protected void setInnerGradients(INDArray flat) {
        run.branches().setGradients(flat);
    }

    @Override
    protected INDArray outputMask(INDArray mask, long batch) {
        return run.outputMask(mask, batch);
    }

    private long[] outputShape(INDArray x) {
        return run.outputShape(layerId(), x.shape());
    }

    @Override
    public INDArray activate(boolean training, LayerWorkspaceMgr workspaceMgr) {
        assertInputSet(false);
        applyDropOutIfNecessary(training, workspaceMgr);
        forget();
        followOptions();
        INDArray x = prepared(input);
        INDArray out = workspaceMgr.createUninitialized(ArrayType.ACTIVATIONS, dataType, outputShape(x), 'c');
        try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            Pass pass = pass(training);
            if (training) {
                kept().begin();
                run.keep(x, out, pass, kept());
            } else {
                run.infer(x, out, pass);
            }
        }
        return out;
    }

    @Override
    protected void backward(INDArray x, INDArray epsilon, INDArray dx, Arena.Scratch scratch) {
        if (!run.waits()) { // a frozen chain that passes its gradient on
            passesGradientOn();
            kept().begin();
            run.keep(x, scratch.take(dataType, outputShape(x)), pass(false), kept());
        }
        run.backward(x, epsilon, dx, scratch);
    }

    @Override
    protected void forget() {
        super.forget();
        if (run != null) {
            run.forget();
        }
    }

    /** With a recurrent layer inside. */
    static final class Recurrent extends ChainHost implements WholeSequences {

        private static final long serialVersionUID = 1L;

        Recurrent(NeuralNetConfiguration conf, DataType type) {
            super(conf, type);
        }
    }
}
