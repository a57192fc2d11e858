package org.revlayers.internal.layers;

import lombok.With;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.keep.Form;
import org.revlayers.internal.keep.Kept;
import org.revlayers.internal.keep.Thinning;
import org.revlayers.internal.kernel.Buffers;
import org.revlayers.internal.kernel.linear.Gemm;
import org.revlayers.internal.kernel.tokens.TokenSelection;
import org.revlayers.internal.memory.Arena;

/**
 * Where the maths of a layer puts the activations that its backward reads: as they are, or thinned. All arrays are rows of the whole batch;
 * they are thinned per example.
 *
 * <p>Forward takes an array, writes it, {@linkplain #thin thins} it, computes with what that gives and {@linkplain #free frees} it; backward
 * {@linkplain #recall recalls} it and {@linkplain #forget forgets} it. Without thinning all of them are the same array, and thinning does
 * nothing.
 *
 * @param thinning how activations are thinned, or null
 * @param keep     what is kept
 * @param batch    number of examples
 * @param mask     {@code [mb, tokens]}, or null: what belongs to hidden tokens counts as 0 when an example is thinned
 * @param scratch  of this forward or backward
 */
@With
public record ActivationStore(Thinning thinning, Kept keep, long batch, INDArray mask, Arena.Scratch scratch) {

    public boolean isThinned() {
        return thinning != null;
    }

    /** An array for an activation, uninitialised. */
    public INDArray take(String name, DataType type, long... shape) {
        return isThinned() ? scratch.take(type, shape) : keep.take(name, Form.DENSE, type, shape);
    }

    /** Gives an array that was taken back, unless it lies where it is kept. */
    public void free(INDArray taken) {
        if (isThinned()) {
            scratch.give(taken);
        }
    }

    /** Keeps a thinned copy of an activation; one that was not taken here is found or computed again by a dense backward. */
    public void keep(String name, INDArray activation) {
        if (!isThinned() || !keep.isRead()) {
            return;
        }
        if (mask == null) {
            thinning.keep(name, perExample(activation), keep);
            return;
        }
        INDArray visible = scratch.take(activation.dataType(), activation.shape());
        visible.assign(activation);
        hide(visible);
        thinning.keep(name, perExample(visible), keep);
        scratch.give(visible);
    }

    /** Whether forward is to read what backward will. */
    public boolean prunesForward() {
        return isThinned() && thinning.forward() && keep.isRead();
    }

    /** {@link #keep}, and, if forward is pruned, writes x̂ over the activation. */
    public void thin(String name, INDArray activation) {
        keep(name, activation);
        if (prunesForward()) {
            thinning.restore(name, keep, perExample(activation));
        }
    }

    /** {@link #keep} for an activation that others read, too; what the linear layer is to read: {@link #done} with it afterwards. */
    public INDArray thinned(String name, INDArray shared) {
        keep(name, shared);
        return prunesForward() ? recall(name, shared.dataType(), shared.shape()) : shared;
    }

    /** Gives back what {@link #thinned} gave. */
    public void done(INDArray read, INDArray shared) {
        if (read != shared) {
            scratch.give(read);
        }
    }

    /** For {@code [mb, heads, tokens, keys]}, or rows. */
    private void hide(INDArray activation) {
        long groups = activation.rank() == 4 ? activation.size(1) : 1;
        long tokens = mask.size(1);
        INDArray rows = activation.reshape('c', batch, groups, tokens, activation.length() / (batch * groups * tokens));
        rows.muli(TokenSelection.shown(mask, rows.dataType()).reshape('c', batch, 1, tokens, 1));
    }

    /** The activation as backward sees it; null if it was not kept. */
    public INDArray recall(String name, DataType type, long... shape) {
        if (!isThinned()) {
            return keep.get(name);
        }
        INDArray dense = scratch.take(type, shape);
        thinning.restore(name, keep, perExample(dense));
        return dense;
    }

    /** Backward has read it for the last time. */
    public void forget(String name, INDArray recalled) {
        if (isThinned()) {
            thinning.release(name, keep);
            scratch.give(recalled);
        } else {
            keep.release(name);
        }
    }

    /**
     * dW = xᵀ·dy for the input x of a linear layer, which is forgotten.
     *
     * @param name of the input if it is kept thinned
     * @param x    the input, or null if it is kept thinned, or was not kept because nobody wants dW
     * @param dw   {@code [in, out]}, or null if nobody wants it
     */
    void weightGradient(String name, INDArray x, INDArray dy, INDArray dw) {
        boolean kept = x == null && name != null && isThinned();
        if (dw != null && kept) {
            thinning.weightGradient(name, keep, batch, dy, dw, scratch);
        } else if (dw != null) {
            Gemm.weightGradient(x, dy, dw, false);
        }
        if (kept) {
            thinning.release(name, keep);
        }
    }

    /** The same as {@code [mb, elements]}. */
    INDArray perExample(INDArray rows) {
        return Buffers.shaped(rows, batch, rows.length() / batch);
    }
}
