package org.revlayers.layers;

import java.util.Arrays;
import java.util.List;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.contract.Host;
import org.revlayers.internal.contract.InnerLayer;
import org.revlayers.internal.contract.Pass;
import org.revlayers.internal.keep.Keeper;
import org.revlayers.internal.keep.Kept;
import org.revlayers.internal.keep.Prediction;
import org.revlayers.internal.keep.Thinning;
import org.revlayers.internal.kernel.Buffers;
import org.revlayers.internal.layers.ActivationStore;
import org.revlayers.internal.layers.Weights;
import org.revlayers.internal.memory.Arena;

/**
 * Hosts the maths of a {@link TokenLayer} in DL4J: inputs and outputs in DL4J's workspaces, what is kept for backward in {@link Kept},
 * gradients in the views that DL4J hands out. Subclasses write {@link #forward} and {@link #backward}.
 *
 * <p>A forward in inference mode keeps nothing. If {@code backpropGradient} is called after one (a frozen layer that passes its gradient
 * on), the forward is run again, in inference mode, to get what backward needs.
 *
 * @since 0.1.0
 */
public abstract class TokenHost<C extends TokenLayer> extends Host<C> implements InnerLayer {

    private static final long serialVersionUID = 1L;

    /** Whether the last forward was one of training, so that backward finds what it needs. */
    private transient boolean ready;

    /** The seed of the step if this layer is part of a container. */
    private transient Long innerKey;

    /** The latest forward in training mode that DL4J asked for. */
    private transient Pass latest;

    /** How a container keeps the input. */
    private transient Keeper inputKeeper = Keeper.DENSE;

    /** Whether nobody wants gradients of parameters. */
    private transient boolean frozen;

    /** Whether backward follows a forward in inference mode, without weight noise. */
    private transient boolean replaying;

    /** As DL4J constructs its layers. */
    protected TokenHost(NeuralNetConfiguration conf, DataType type) {
        super(conf, type);
    }

    /**
     * Computes the output.
     *
     * @param x        the input, C-contiguous, of the layer's type
     * @param out      receives the output
     * @param training whether dropout and drop path are on
     * @param keep     takes what backward needs; given back at once in inference
     */
    protected abstract void forward(INDArray x, INDArray out, boolean training, Kept keep);

    /**
     * Computes the gradients from what {@link #forward} kept.
     *
     * @param x  the input; null if backward does not {@linkplain #readsInput() read} it
     * @param dy gradient of the output, not to be changed
     * @param dx receives the gradient of the input
     */
    protected abstract void backward(@Nullable INDArray x, INDArray dy, INDArray dx, Kept keep);

    /**
     * Whether backward reads the input for weight gradients alone, or beside exact statistics of it, so that a thinned one may stand for it.
     */
    protected boolean readsThinned() {
        return false;
    }

    /** Whether this layer leaves parameter gradients, and what only they need, out if nobody wants them. */
    protected boolean canBeFrozen() {
        return false;
    }

    /**
     * As part of a container: nobody will want gradients of parameters.
     *
     * @return whether backward does without views for them
     */
    public final boolean freeze() {
        frozen = canBeFrozen();
        return frozen;
    }

    /** Whether backward computes gradients of parameters. */
    protected final boolean learns() {
        return !frozen;
    }

    /**
     * As part of a container: how its input is kept.
     *
     * @param thinned if a thinned one may stand for it
     * @param other   if not
     */
    public final void keepInput(Keeper thinned, Keeper other) {
        inputKeeper = readsThinned() ? thinned : other;
    }

    /** How a container thins the input, or what backward reads instead of it; null if it does not. */
    final @Nullable Thinning inputThinning() {
        return inputKeeper instanceof Keeper.Thinned thinned ? thinned.thinning() : null;
    }

    @Override
    public List<Prediction> predictKept(InputType input) {
        return layerConf().predictKept(input).stream()
                .filter(kept -> learns() || !isForWeights(kept.name()))
                .toList();
    }

    /** Whether only gradients of parameters read what is kept under this name: a frozen layer does not keep it. */
    protected boolean isForWeights(String kept) {
        return false;
    }

    @Override
    public Keeper inputKeeper() {
        return inputKeeper;
    }

    @Override
    public long[] outputShape(long... input) {
        long[] shape = input.clone();
        shape[shape.length - 1] = layerConf().getNOut();
        return shape;
    }

    @Override
    public final void forward(INDArray x, INDArray out, Pass pass, Kept keep) {
        enter(pass);
        checkInput(x);
        forward(x, out, pass.training(), keep);
    }

    @Override
    public final void backward(INDArray x, INDArray out, INDArray dy, INDArray dx, Pass pass, Kept keep) {
        enter(pass);
        backward(x, dy, dx, keep);
        keep.clear();
    }

    /** A number that tells this layer in this step from all others, for seeded draws; the same in a forward, its replay and its backward. */
    protected long stepKey() {
        return innerKey != null ? innerKey : (latest == null ? step() : latest).seed();
    }

    private Pass step() {
        return new Pass(true, 0, 0, conf.getSeed(), null)
                .of(getIterationCount())
                .of(getIndex());
    }

    /** DL4J tells this at the beginning of every step. */
    @Override
    public void setIterationCount(int iterationCount) {
        super.setIterationCount(iterationCount);
        latest = null;
    }

    /** As part of a container: the step is the container's. */
    private void enter(Pass pass) {
        innerKey = pass.seed();
        maskArray = pass.mask();
        iterationCount = pass.iteration();
        epochCount = pass.epoch();
    }

    /** The calling thread's arena, for scratch. */
    protected static Arena arena() {
        return Arena.current();
    }

    /** Where the maths of one forward or backward puts what it keeps: as the configuration says. */
    protected ActivationStore store(long batch, Kept keep, Arena.Scratch scratch) {
        return new ActivationStore(layerConf().thinning(), keep, batch, mask(), scratch);
    }

    /** Parameters and gradient views; weight noise, if configured, is applied as in the forward that backward belongs to. */
    protected Weights weights(boolean training) {
        boolean noisy = training && !replaying;
        return new Weights(
                "",
                name -> {
                    if (!params.containsKey(name)) {
                        return null;
                    }
                    INDArray p = layerConf().getWeightNoise() == null
                            ? getParam(name)
                            : getParamWithNoise(name, noisy, LayerWorkspaceMgr.noWorkspaces());
                    return Buffers.isContiguous(p) ? p : p.dup('c');
                },
                gradientViews);
    }

    @Override
    public INDArray activate(boolean training, LayerWorkspaceMgr workspaceMgr) {
        assertInputSet(false);
        applyDropOutIfNecessary(training, workspaceMgr);
        INDArray x = prepared(input);
        checkInput(x);
        INDArray out = workspaceMgr.createUninitialized(ArrayType.ACTIVATIONS, dataType, outputShape(x.shape()), 'c');
        if (training) {
            latest = forwards.next(step());
        }
        Kept keep = training ? kept : Kept.passing();
        run(x, out, training, keep);
        ready = training;
        if (!training) {
            keep.clear();
        }
        return out;
    }

    private void run(INDArray x, INDArray out, boolean training, Kept keep) {
        keep.begin();
        try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            forward(x, out, training, keep);
        } catch (RuntimeException | Error e) {
            keep.clear();
            throw e;
        }
    }

    @Override
    protected final void backward(INDArray x, INDArray epsilon, INDArray dx, Arena.Scratch scratch) {
        try {
            replaying = !ready;
            if (replaying) {
                run(x, scratch.take(dataType, outputShape(x.shape())), false, kept);
            }
            backward(x, epsilon, dx, kept);
        } finally {
            weightNoiseParams.clear();
        }
    }

    @Override
    protected void forget() {
        super.forget();
        ready = false;
        replaying = false;
    }

    /** The mask {@code [mb, tokens]} of this batch in the layer's type and C order, or null. */
    protected @Nullable INDArray mask() {
        return prepared(maskArray);
    }

    /** Throws if the input's shape does not fit the configuration. */
    protected void checkInput(INDArray x) {
        if ((x.rank() != 2 && x.rank() != 3) || x.size(-1) != layerConf().getNIn()) {
            throw new IllegalArgumentException(
                    layerId() + " reads [mb, tokens, " + layerConf().getNIn() + "] (or [mb, "
                            + layerConf().getNIn() + "]); got " + Arrays.toString(x.shape())
                            + ": set nIn, or put a TokensPreProcessor in front if the features are on the second axis");
        }
    }

    /** Parameters lie in C order; DL4J assumes Fortran order unless told. */
    @Override
    public void setParams(INDArray params) {
        setParams(params, 'c');
    }
}
