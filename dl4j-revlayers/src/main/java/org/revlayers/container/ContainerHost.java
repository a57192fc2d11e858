package org.revlayers.container;

import org.deeplearning4j.nn.api.MaskState;
import org.deeplearning4j.nn.api.TrainingConfig;
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
import org.revlayers.inner.ForwardCount;
import org.revlayers.inner.Pass;
import org.revlayers.keep.KeepsForBackward;
import org.revlayers.keep.Kept;
import org.revlayers.kernel.Buffers;
import org.revlayers.memory.Arena;

/**
 * Hosts a {@link ContainerLayer} in DL4J: parameters and gradients in the views that DL4J hands out, inputs and outputs in its workspaces, what
 * is kept for backward in {@link Kept}. Subclasses write the forward and the backward.
 */
public abstract class ContainerHost<C extends ContainerLayer> extends BaseLayer<C> implements KeepsForBackward {

    private static final long serialVersionUID = 1L;

    private final transient Kept kept = new Kept();

    private final transient ForwardCount forwards = new ForwardCount();

    private final transient TrainingConfig training = new InnerNormalization(layerConf(), () -> gradientsFlattened);

    /** As DL4J constructs its layers. */
    protected ContainerHost(NeuralNetConfiguration conf, DataType type) {
        super(conf, type);
    }

    /** Makes the layers inside on the parameters of now. */
    protected abstract void makeInside(INDArray parameters);

    /** Whether the layers inside have been made. */
    protected abstract boolean isMade();

    /** Tells the layers inside where gradients go. */
    protected abstract void setInnerGradients(INDArray flat);

    /** Applies the constraints of the layers inside. */
    protected abstract void applyInnerConstraints(int iteration, int epoch);

    /** DL4J's mask for the layer behind. */
    protected abstract INDArray outputMask(INDArray mask, long batch);

    /** Forgets the forward that waits for its backward. */
    protected void forget() {
        kept.clear();
    }

    @Override
    public Kept kept() {
        return kept;
    }

    /** Makes the layers inside, on the parameters and gradients of now, with arrays that outlive DL4J's workspace of the moment. */
    protected final void makeLayers() {
        try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            makeInside(paramsFlattened);
            if (gradientsFlattened != null) {
                setInnerGradients(gradientsFlattened);
            }
        }
    }

    /** What the updater goes by. */
    @Override
    public TrainingConfig getConfig() {
        return training;
    }

    /** DL4J tells this at the beginning of every step. */
    @Override
    public void setIterationCount(int iterationCount) {
        super.setIterationCount(iterationCount);
        forwards.beginStep();
    }

    /** The forward that DL4J asks for: in a step always the same one, outside of steps a new one each time. */
    protected final Pass pass(boolean training) {
        Pass network = new Pass(training, getIterationCount(), getEpochCount(), conf.getSeed(), prepared(maskArray));
        Pass layer = network.of(getIterationCount()).of(getIndex());
        return training ? forwards.next(layer) : layer;
    }

    /** The array itself, or a copy in the layer's type and C order. */
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
        return gradients(dx);
    }

    /** What {@code backpropGradient} returns, once the gradients lie in their views. */
    private Pair<Gradient, INDArray> gradients(INDArray dx) {
        Gradient gradient = new DefaultGradient();
        if (gradientViews != null) {
            gradientViews.forEach((name, view) -> gradient.setGradientFor(name, view, view.ordering()));
        }
        return new Pair<>(gradient, backpropDropOutIfPresent(dx));
    }

    @Override
    public void setBackpropGradientsViewArray(INDArray gradients) {
        super.setBackpropGradientsViewArray(gradients); // possibly between a forward and its backward
        if (isMade()) {
            setInnerGradients(gradients);
        }
    }

    @Override
    public void setParamsViewArray(INDArray params) {
        super.setParamsViewArray(params);
        if (isMade()) {
            makeLayers();
        }
    }

    /** As they lie in the view: each layer has an order of its own. */
    @Override
    public void setParams(INDArray params) {
        if (params.length() != paramsFlattened.length()) {
            throw new IllegalArgumentException(layerId() + " has " + paramsFlattened.length() + " parameters, not "
                    + params.length() + ": pass what params() of a container of the same layers gives");
        }
        paramsFlattened.assign(params.reshape(paramsFlattened.shape()));
    }

    @Override
    public boolean updaterDivideByMinibatch(String name) {
        Part part = Part.owner(layerConf(), name);
        return !part.isStatistic(part.local(name));
    }

    @Override
    public void applyConstraints(int iteration, int epoch) {
        super.applyConstraints(iteration, epoch);
        applyInnerConstraints(iteration, epoch);
    }

    @Override
    public Pair<INDArray, MaskState> feedForwardMaskArray(INDArray mask, MaskState state, int batch) {
        super.feedForwardMaskArray(mask, state, batch);
        return new Pair<>(mask == null ? null : outputMask(mask, batch), state);
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
