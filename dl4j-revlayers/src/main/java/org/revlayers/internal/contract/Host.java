package org.revlayers.internal.contract;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.BaseLayer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.keep.KeepsForBackward;
import org.revlayers.internal.keep.Kept;
import org.revlayers.internal.kernel.Buffers;
import org.revlayers.internal.memory.Arena;

/**
 * A layer of this library as DL4J runs it: inputs and outputs in DL4J's workspaces, what is kept for backward in {@link Kept}, gradients in the
 * views that DL4J hands out.
 */
public abstract class Host<C extends org.deeplearning4j.nn.conf.layers.BaseLayer> extends BaseLayer<C>
        implements KeepsForBackward {

    private static final long serialVersionUID = 1L;

    /** What waits for backward. */
    protected final transient Kept kept = new Kept();

    /** Of the step. */
    protected final transient ForwardCount forwards = new ForwardCount();

    /** As DL4J constructs its layers. */
    protected Host(NeuralNetConfiguration conf, DataType type) {
        super(conf, type);
    }

    /** Forgets the forward that waits for its backward. */
    protected void forget() {
        kept.clear();
    }

    @Override
    public final Kept kept() {
        return kept;
    }

    /** DL4J tells this at the beginning of every step. */
    @Override
    public void setIterationCount(int iterationCount) {
        super.setIterationCount(iterationCount);
        forwards.beginStep();
    }

    /** The array itself, or a copy in the layer's type and C order; null for null. */
    protected final INDArray prepared(INDArray array) {
        return array == null ? null : Buffers.dense(array, dataType);
    }

    /**
     * Computes the gradients; what was kept is given back afterwards.
     *
     * @param x       the input
     * @param epsilon gradient of the output, not to be changed
     * @param dx      receives the gradient of the input
     */
    protected abstract void backward(INDArray x, INDArray epsilon, INDArray dx, Arena.Scratch scratch);

    @Override
    public final Pair<Gradient, INDArray> backpropGradient(INDArray epsilon, LayerWorkspaceMgr workspaceMgr) {
        assertInputSet(true);
        INDArray x = prepared(input);
        INDArray dx = workspaceMgr.createUninitialized(ArrayType.ACTIVATION_GRAD, dataType, x.shape(), 'c');
        try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces();
                Arena.Scratch scratch = Arena.current().scratch()) {
            backward(x, prepared(epsilon), dx, scratch);
        } finally {
            forget();
        }
        Gradient gradient = new DefaultGradient();
        if (gradientViews != null) {
            gradientViews.forEach((name, view) -> gradient.setGradientFor(name, view, view.ordering()));
        }
        return new Pair<>(gradient, backpropDropOutIfPresent(dx));
    }

    @Override
    public boolean isPretrainLayer() {
        return false;
    }

    @Override
    public void clear() {
        super.clear();
        forget();
    }

    @Override
    public void clearNoiseWeightParams() {
        weightNoiseParams.clear();
    }
}
