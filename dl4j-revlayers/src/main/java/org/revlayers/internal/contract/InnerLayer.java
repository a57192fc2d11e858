package org.revlayers.internal.contract;

import java.util.List;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.keep.Keeper;
import org.revlayers.internal.keep.Kept;
import org.revlayers.internal.keep.Prediction;

/**
 * A layer inside a container.
 *
 * <p>The container owns {@code x} and {@code out}: both stay as they are from {@link #forward} to {@link #backward}, the output only if
 * {@link #readsOutput()}. All arrays are C-contiguous, of the network's type, outside of workspaces. Equal inputs and equal passes give equal bits, forward and
 * backward: reversible chains depend on it and check it.
 *
 * <p>Not thread-safe.
 */
public interface InnerLayer {

    /** Shape of the output for an input of this shape, or an error that names the invariant. */
    long[] outputShape(long... input);

    /**
     * Computes the output.
     *
     * @param x    the input, not to be changed
     * @param out  receives the output
     * @param keep takes what backward needs beyond x (and out, if {@link #readsOutput()}); empty at the start
     */
    void forward(INDArray x, INDArray out, Pass pass, Kept keep);

    /**
     * Computes the gradients, after a {@link #forward} with the same x, pass and keep, and gives back what was kept.
     * Parameter gradients overwrite the views that the layer was made with; statistics that DL4J updates through gradients (the running
     * mean and variance of batch normalisation) are written here too, so once per step.
     *
     * @param x   the input of forward, as {@link #inputKeeper()} has kept it; may be null unless {@link #readsInput()}
     * @param out the output of forward, or null unless {@link #readsOutput()}
     * @param dy  gradient of the output, not to be changed
     * @param dx  receives the gradient of the input
     */
    void backward(INDArray x, INDArray out, INDArray dy, INDArray dx, Pass pass, Kept keep);

    /** Whether backward reads the output. */
    default boolean readsOutput() {
        return false;
    }

    /** Whether backward reads the input. If not, it may get null for it. */
    default boolean readsInput() {
        return true;
    }

    /** How the input is kept for a backward that {@link #readsInput()}. */
    default Keeper inputKeeper() {
        return Keeper.DENSE;
    }

    /** Whether what it keeps is enough to compute its output again, in a pass or two: then nobody keeps that for the layer behind. */
    default boolean rebuildsOutput() {
        return false;
    }

    /**
     * Writes the output of a forward again, before the {@link #backward} that follows it; of a layer that {@link #rebuildsOutput}.
     *
     * @param keep as forward has left it, which does not change
     */
    default void rebuildOutput(INDArray out, Kept keep) {
        throw new UnsupportedOperationException(this + " does not rebuild its output");
    }

    /**
     * Whether the layer works in place: its output has the input's shape, backward does not read x (and may get null for it), and where
     * nobody else needs the arrays, out may be x and dx may be dy.
     */
    default boolean worksInPlace() {
        return false;
    }

    /** The type of the output for an input of this type, as the configuration says. */
    default InputType outputType(InputType input) {
        return input;
    }

    /** What forward takes from its {@link Kept}, from shapes alone, for an input of this type. */
    default List<Prediction> predictKept(InputType input) {
        return List.of();
    }

    /**
     * The same layer with the images inside of it in the order that suits it, and those that it reads and gives where Deeplearning4j has them; before anything
     * runs, and not for one that has been told to {@link ChannelsLast#haveChannelsLast have them last}. Itself, unless it is made of others.
     */
    default InnerLayer turned() {
        return this;
    }

    /** Reconstructions of states that checksums have proved in the chains that it is or is made of, since it was made. */
    default long verifiedReconstructions() {
        return 0;
    }

    /** DL4J's mask for the layer behind this one. */
    default INDArray outputMask(INDArray mask, long batch) {
        return mask;
    }

    /** Takes over what a step must not carry to the next one; called when the network is cleared. */
    default void clear() {}
}
