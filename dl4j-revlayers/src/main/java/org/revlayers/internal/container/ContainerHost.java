package org.revlayers.internal.container;

import java.util.List;
import org.deeplearning4j.nn.api.MaskState;
import org.deeplearning4j.nn.api.TrainingConfig;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.contract.Host;
import org.revlayers.internal.contract.Pass;
import org.revlayers.internal.keep.Kept;

/**
 * Hosts a {@link ContainerLayer} in DL4J: parameters and gradients in the views that DL4J hands out, inputs and outputs in its workspaces, what
 * is kept for backward in {@link Kept}. Subclasses write the forward and the backward.
 */
public abstract class ContainerHost<C extends ContainerLayer> extends Host<C> {

    private static final long serialVersionUID = 1L;

    /** What the layers inside were made with. */
    private transient List<Object> options;

    /** Reconstructions proved in layers that were made before those of now. */
    private transient long verifiedBefore;

    /** Whether the network has told its count of updates. */
    private transient boolean counted;

    /** Whether backward came behind a forward of inference: of a frozen container, whose chains stay where they are. */
    private transient boolean frozen;

    private final transient TrainingConfig training = new InnerNormalization(layerConf(), () -> gradientsFlattened);

    /** As DL4J constructs its layers. */
    protected ContainerHost(NeuralNetConfiguration conf, DataType type) {
        super(conf, type);
    }

    /** Makes the layers inside on the parameters of now. */
    protected abstract void makeInside(INDArray parameters);

    /** How many reconstructions checksums have proved so far, of this chain or of those inside: one for every run of REVERSE sub-blocks each time that it is gone back through. */
    public final long verifiedReconstructions() {
        return verifiedBefore + (isMade() ? verified() : 0);
    }

    /** The same since the layers inside were made. */
    protected abstract long verified();

    /** Whether the layers inside have been made. */
    protected abstract boolean isMade();

    /** Tells the layers inside where gradients go. */
    protected abstract void setInnerGradients(INDArray flat);

    /** Applies the constraints of the layers inside. */
    protected abstract void applyInnerConstraints(int iteration, int epoch);

    /** DL4J's mask for the layer behind. */
    protected abstract INDArray outputMask(INDArray mask, long batch);

    /** Makes the layers inside, on the parameters and gradients of now, with arrays that outlive DL4J's workspace of the moment. */
    protected final void makeLayers() {
        options = layerConf().keepingOptions();
        verifiedBefore = verifiedReconstructions();
        try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            makeInside(paramsFlattened);
            if (gradientsFlattened != null) {
                setInnerGradients(gradientsFlattened);
            }
        }
    }

    /** Makes the layers inside again if they are to keep otherwise from now on; not between a forward and its backward. */
    protected final void followOptions() {
        if (!layerConf().keepingOptions().equals(options)) {
            makeLayers();
        }
    }

    /** What the updater goes by. */
    @Override
    public TrainingConfig getConfig() {
        return training;
    }

    /** The forward that DL4J asks for: in a step always the same one, outside of steps a new one each time. */
    protected final Pass pass(boolean training) {
        Pass network = new Pass(training, getIterationCount(), getEpochCount(), conf.getSeed(), prepared(maskArray));
        Pass layer = network.of(getIterationCount()).of(getIndex());
        return training ? forwards.next(layer) : layer;
    }

    /**
     * The network's count: where a chain begins whose file does not tell, and what a chain catches up with. Whether it is trained is not known before the
     * container has a view of gradients.
     */
    @Override
    public void setIterationCount(int iterationCount) {
        super.setIterationCount(iterationCount);
        boolean first = !counted;
        counted = true;
        if (!first || gradientsFlattened != null || !layerConf().isBehind(iterationCount)) {
            layerConf().counted(iterationCount, gradientsFlattened != null && !frozen);
        }
    }

    /** Notes that the container is frozen: backward came without a forward in training. */
    protected final void passesGradientOn() {
        frozen = true;
    }

    @Override
    public void setBackpropGradientsViewArray(INDArray gradients) {
        super.setBackpropGradientsViewArray(gradients); // possibly between a forward and its backward
        if (isMade()) {
            setInnerGradients(gradients);
        }
        if (gradients != null && counted && !frozen && layerConf().isBehind(getIterationCount())) {
            layerConf().counted(getIterationCount(), true);
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

    /** DL4J calls this once behind every update of a network, and not of a frozen layer. */
    @Override
    public void applyConstraints(int iteration, int epoch) {
        frozen = false;
        super.applyConstraints(iteration, epoch);
        applyInnerConstraints(iteration, epoch);
    }

    @Override
    public Pair<INDArray, MaskState> feedForwardMaskArray(INDArray mask, MaskState state, int batch) {
        super.feedForwardMaskArray(mask, state, batch);
        return new Pair<>(mask == null ? null : outputMask(mask, batch), state);
    }
}
