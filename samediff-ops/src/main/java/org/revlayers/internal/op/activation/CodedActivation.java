package org.revlayers.internal.op.activation;

import java.util.List;
import lombok.RequiredArgsConstructor;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.revlayers.function.Curve;
import org.revlayers.internal.kernel.PackedBits;
import org.revlayers.internal.kernel.activation.ActivationForward;
import org.revlayers.internal.kernel.activation.ActivationKernels;
import org.revlayers.internal.op.base.LikeInput;
import org.revlayers.internal.op.base.RevOp;

/**
 * An activation whose backward knows one or two bits per element, and reads neither x nor y.
 *
 * <pre>
 *   regelu2, resilu2   code = [x &gt; c1] + [x &gt; c2] + [x &gt; c3],  dx = dy·level[code]    levels and knots: {@link Curve}
 *   relu1bit           code = [x &gt; 0],                         dx = dy·code
 * </pre>
 *
 * <p>Input: x of any shape, n elements, FLOAT, DOUBLE or HALF. Outputs: y = h(x) of x's shape; the codes, UINT8 {@code [ceil(n/4)]} or {@code [ceil(n/8)]}.
 * Kept for backward: the codes, 0.25 or 0.125 bytes per element (4 for the stock op, whose backward reads x). The forward value is exact. The gradient
 * of GELU and SiLU is approximate (Approx-BP, arXiv 2406.16282): a numeric gradient check fails by design. That of ReLU is exact; 0 at 0.
 */
public abstract class CodedActivation extends RevOp {

    /** What the bits say. */
    @RequiredArgsConstructor
    private enum Code {
        GELU("regelu2", Curve.GELU),
        SILU("resilu2", Curve.SILU),
        RELU("relu1bit", null);

        private final String op;
        private final Curve curve;

        long bytes(long elements) {
            return curve == null ? PackedBits.maskBytes(elements) : Curve.codeBytes(elements);
        }

        Backward backward() {
            return switch (this) {
                case GELU -> new ReGelu2Bp();
                case SILU -> new ReSilu2Bp();
                case RELU -> new Relu1BitBp();
            };
        }
    }

    private final Code code;

    private CodedActivation(Code code) {
        super(code.op, 2);
        this.code = code;
    }

    @Override
    protected final List<LongShapeDescriptor> shapes(List<INDArray> in) {
        INDArray x = in.get(0);
        return List.of(like(x), shape(DataType.UINT8, code.bytes(x.length())));
    }

    @Override
    protected final List<DataType> types(List<DataType> in) {
        return List.of(in.get(0), DataType.UINT8);
    }

    @Override
    protected final void run(INDArray[] in, INDArray[] out) {
        if (code == Code.RELU) {
            ActivationKernels.get().relu(in[0], out[0], out[1]);
        } else {
            ActivationKernels.get()
                    .forward(ActivationForward.of(code.curve, in[0], out[0]).withCode(out[1]));
        }
    }

    @Override
    public final List<SDVariable> doDiff(List<SDVariable> gradients) {
        return List.of(code.backward().of(outputVariables()[1], gradients.get(0)));
    }

    /** Inputs: the codes, dy. Output: dx of dy's shape. */
    public abstract static class Backward extends LikeInput {

        private final Code code;

        private Backward(Code code) {
            super(code.op + "_bp");
            this.code = code;
        }

        @Override
        protected final int firstValue() {
            return 1;
        }

        @Override
        protected final void run(INDArray[] in, INDArray[] out) {
            if (code == Code.RELU) {
                ActivationKernels.get().maskBackward(in[0], 1, in[1], out[0]);
            } else {
                ActivationKernels.get().codeBackward(code.curve, in[0], in[1], out[0]);
            }
        }
    }

    /** {@code regelu2}: y = x·Φ(x), two bits. */
    public static final class ReGelu2 extends CodedActivation {
        public ReGelu2() {
            super(Code.GELU);
        }
    }

    /** Backward of {@link ReGelu2}. */
    public static final class ReGelu2Bp extends Backward {
        public ReGelu2Bp() {
            super(Code.GELU);
        }
    }

    /** {@code resilu2}: y = x/(1 + e^(−x)), two bits. */
    public static final class ReSilu2 extends CodedActivation {
        public ReSilu2() {
            super(Code.SILU);
        }
    }

    /** Backward of {@link ReSilu2}. */
    public static final class ReSilu2Bp extends Backward {
        public ReSilu2Bp() {
            super(Code.SILU);
        }
    }

    /** {@code relu1bit}: y = max(x, 0), one bit. */
    public static final class Relu1Bit extends CodedActivation {
        public Relu1Bit() {
            super(Code.RELU);
        }
    }

    /** Backward of {@link Relu1Bit}. */
    public static final class Relu1BitBp extends Backward {
        public Relu1BitBp() {
            super(Code.RELU);
        }
    }
}
