package org.revlayers.internal.inner;

import java.util.List;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.function.Curve;
import org.revlayers.internal.contract.Pass;
import org.revlayers.internal.keep.Form;
import org.revlayers.internal.keep.Kept;
import org.revlayers.internal.keep.Prediction;
import org.revlayers.internal.kernel.activation.ActivationForward;
import org.revlayers.internal.kernel.activation.ActivationKernels;

/** h(s·x)/s for a curve h of the kernels, with a derivative of four values from a 2-bit code per element ({@link Curve}). */
final class CodedActivation extends InPlace {

    private static final String CODE = "code";
    private static final int BITS = 2;

    private final Curve curve;
    private final double scale;

    CodedActivation(Curve curve, double scale, String name) {
        super(name + " of two bits");
        this.curve = curve;
        this.scale = scale;
    }

    @Override
    public void forward(INDArray x, INDArray out, Pass pass, Kept keep) {
        INDArray code = keep.take(CODE, Form.CODED, DataType.UINT8, Curve.codeBytes(x.length()));
        INDArray scaled = scale == 1 ? x : x.muli(scale, out);
        ActivationKernels.get().forward(ActivationForward.of(curve, scaled, out).withCode(code));
        if (scale != 1) {
            out.muli(1 / scale);
        }
    }

    @Override
    public void backward(INDArray x, INDArray out, INDArray dy, INDArray dx, Pass pass, Kept keep) {
        ActivationKernels.get().codeBackward(curve, keep.get(CODE), dy, dx);
    }

    @Override
    public List<Prediction> predictKept(InputType input) {
        return List.of(Prediction.coded(CODE, input.arrayElementsPerExample(), BITS));
    }
}
