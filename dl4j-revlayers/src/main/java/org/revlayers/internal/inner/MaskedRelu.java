package org.revlayers.internal.inner;

import java.util.List;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.contract.Pass;
import org.revlayers.internal.keep.Form;
import org.revlayers.internal.keep.Kept;
import org.revlayers.internal.keep.Prediction;
import org.revlayers.internal.kernel.PackedBits;
import org.revlayers.internal.kernel.activation.ActivationKernels;

/** max(x, 0), exact from one bit per element: x &gt; 0. Reads neither its input nor its output in backward. */
final class MaskedRelu extends InPlace {

    private static final String MASK = "mask";

    MaskedRelu() {
        super("relu of one bit");
    }

    @Override
    public void forward(INDArray x, INDArray out, Pass pass, Kept keep) {
        run(x, out, keep);
    }

    @Override
    public void backward(INDArray x, INDArray out, INDArray dy, INDArray dx, Pass pass, Kept keep) {
        cut(dy, dx, keep);
    }

    /** Writes max(x, 0), which may be x, and keeps the bits. */
    static void run(INDArray x, INDArray out, Kept keep) {
        ActivationKernels.get()
                .relu(x, out, keep.take(MASK, Form.CODED, DataType.UINT8, PackedBits.maskBytes(x.length())));
    }

    /** dx = dy where {@link #run} saw a positive number, else 0; may be dy. */
    static void cut(INDArray dy, INDArray dx, Kept keep) {
        ActivationKernels.get().maskBackward(keep.get(MASK), 1, dy, dx);
    }

    /** What {@link #run} keeps. */
    static Prediction predict(InputType type) {
        return Prediction.coded(MASK, type.arrayElementsPerExample(), 1);
    }

    @Override
    public List<Prediction> predictKept(InputType input) {
        return List.of(predict(input));
    }
}
