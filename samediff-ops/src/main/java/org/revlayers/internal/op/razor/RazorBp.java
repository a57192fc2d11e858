package org.revlayers.internal.op.razor;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.revlayers.internal.backend.StepMemory;
import org.revlayers.internal.op.base.RevOp;

/**
 * Backward of a {@link RazorOp}. Inputs: dy, what the op names, and the arrays of each copy (or a dense activation). Outputs: the gradients of
 * what the forward computes from. It has the forward's settings.
 */
public abstract class RazorBp extends RevOp {

    RazorBp(String name) {
        super(name, 0);
    }

    /** As of the forward. */
    int copies() {
        return 1;
    }

    @Override
    public int getNumOutputs() {
        return copies();
    }

    /** Number of inputs before the copies. */
    int reads() {
        return 1;
    }

    /** Whether the op reads the copy {@code i}, whose arrays begin at {@code in[at]}, as it is stored. */
    boolean readsStored(int i, INDArray[] in, int at) {
        return false;
    }

    /** Computes the gradients. {@code thinned}: x̂ of every copy, null where the op {@link #readsStored}. */
    abstract void run(INDArray[] in, INDArray[] thinned, INDArray[] out);

    /** Shapes of the gradients. {@code thinned}: shapes of the activations. */
    List<long[]> gradients(List<INDArray> in, List<long[]> thinned) {
        return thinned;
    }

    @Override
    protected final List<LongShapeDescriptor> shapes(List<INDArray> in) {
        List<long[]> thinned = new ArrayList<>();
        int at = reads();
        for (int i = 0; i < copies(); i++) {
            thinned.add(isDenseCopy(i) ? in.get(at).shape() : RazorOp.copy(this).shape(in, at));
            at += arrays(i);
        }
        return gradients(in, thinned).stream()
                .map(shape -> shape(in.get(0).dataType(), shape))
                .toList();
    }

    @Override
    protected final List<DataType> types(List<DataType> in) {
        return Collections.nCopies(getNumOutputs(), in.get(0));
    }

    @Override
    protected final void run(INDArray[] in, INDArray[] out) {
        INDArray[] thinned = new INDArray[copies()];
        int at = reads();
        try (StepMemory memory = StepMemory.open()) {
            for (int i = 0; i < thinned.length; i++) {
                if (isDenseCopy(i)) {
                    thinned[i] = in[at];
                } else if (!readsStored(i, in, at)) {
                    thinned[i] = RazorOp.copy(this).read(in, at, in[0].dataType(), memory);
                }
                at += arrays(i);
            }
            run(in, thinned, out);
        }
    }

    private boolean isDenseCopy(int i) {
        return RazorOp.source(this, i) == RazorInputs.DENSE;
    }

    private int arrays(int i) {
        return isDenseCopy(i) ? 1 : RazorOp.copy(this).arrays();
    }
}
