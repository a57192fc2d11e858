package org.revlayers.internal.kernel;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;
import static org.revlayers.internal.kernel.TestArrays.bytes;
import static org.revlayers.internal.kernel.TestArrays.doubles;
import static org.revlayers.internal.kernel.TestArrays.floats;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.Executable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.revlayers.function.Curve;
import org.revlayers.function.Norm;
import org.revlayers.internal.kernel.activation.ActivationForward;
import org.revlayers.internal.kernel.activation.ActivationKernels;
import org.revlayers.internal.kernel.attention.AttentionBackward;
import org.revlayers.internal.kernel.attention.AttentionForward;
import org.revlayers.internal.kernel.attention.AttentionKernels;
import org.revlayers.internal.kernel.attention.AttentionShape;
import org.revlayers.internal.kernel.attention.HeadView;
import org.revlayers.internal.kernel.linear.LinearKernels;
import org.revlayers.internal.kernel.norm.NormBackward;
import org.revlayers.internal.kernel.norm.NormForward;
import org.revlayers.internal.kernel.norm.NormInput;
import org.revlayers.internal.kernel.norm.NormKernels;
import org.revlayers.internal.kernel.norm.NormReplay;

/** Every bad argument is turned down before memory is touched. */
class KernelArgumentsTest {

    private static final AttentionShape SHAPE = AttentionShape.self(2, 3, 5, 4);

    private final INDArray x = floats(1, 4, 6);
    private final INDArray y = floats(2, 4, 6);
    private final INDArray cols = floats(3, 6);
    private final INDArray rows = floats(4, 4);
    private final INDArray code = bytes(6);
    private final INDArray mask = bytes(3);
    private final HeadView heads = HeadView.ofHeads(floats(5, 2, 3, 5, 4));
    private final INDArray lse = floats(6, 2, 3, 5);

    private final List<DynamicTest> tests = new ArrayList<>();

    @TestFactory
    List<DynamicTest> badArguments() {
        elementwise();
        norms();
        attention();
        return tests;
    }

    private void elementwise() {
        bad("length of y", "y must have 24 elements of type FLOAT", () -> ActivationKernels.get()
                .relu(x, rows, null));
        bad("type of y", "y must have 24 elements", () -> ActivationKernels.get()
                .relu(x, doubles(1, 4, 6), null));
        bad("null y", "y must not be null", () -> ActivationKernels.get().relu(x, null, null));
        bad("order of x", "x must be a non-empty C-contiguous", () -> ActivationKernels.get()
                .relu(x.dup('f'), y, null));
        INDArray strided = floats(1, 4, 12).get(NDArrayIndex.all(), NDArrayIndex.interval(0, 2, 12));
        bad("strides of y", "call dup('c') first", () -> ActivationKernels.get().relu(x, strided, null));
        bad("integers", "x must be FLOAT, DOUBLE or HALF", () -> ActivationKernels.get()
                .relu(x.castTo(DataType.INT32), y, null));
        bad("length of mask", "mask must have 3 elements", () -> ActivationKernels.get()
                .relu(x, y, code));
        bad("length of code", "code must have 6", () -> ActivationKernels.get()
                .forward(ActivationForward.of(Curve.GELU, x, y).withCode(mask)));
        bad("type of code", "code must have 6", () -> ActivationKernels.get()
                .forward(ActivationForward.of(Curve.GELU, x, y).withCode(cols)));
        bad("length of bias", "bias must have 6", () -> ActivationKernels.get()
                .forward(ActivationForward.of(Curve.GELU, x, y).withBias(rows)));
        bad("pre is y", "pre must not share", () -> ActivationKernels.get()
                .forward(ActivationForward.of(Curve.GELU, x, y).withPre(y)));
        bad("length of dy", "dy must have 24", () -> ActivationKernels.get().backward(Curve.SILU, x, rows, y));
        bad("null code", "code must not be null", () -> ActivationKernels.get().codeBackward(Curve.SILU, null, x, y));
        bad("length of dx", "dx must have 24", () -> ActivationKernels.get().maskBackward(mask, 1, x, rows));
        for (double p : new double[] {-0.1, 1, Double.NaN}) {
            bad("p " + p, "0 <= p < 1, not " + p, () -> ActivationKernels.get().dropout(x, p, 1, y, null));
        }
        bad("length of out", "out must have 6", () -> LinearKernels.get().columnSums(x, rows));
        bad("length of a bias", "bias must have 6", () -> LinearKernels.get().addBias(x, rows));
        bad("softmax y", "y must have 24", () -> AttentionKernels.get().softmax(x, rows));
        bad("softmax dx", "dx must have 24", () -> AttentionKernels.get().softmaxBackward(x, y, rows));
    }

    private void norms() {
        NormInput in = NormInput.of(x);
        INDArray sum = floats(7, 4, 6);
        bad("eps", "eps must be finite", () -> NormKernels.get().forward(NormForward.of(Norm.LAYER, -1, in, y)));
        bad("gamma", "gamma must have 6", () -> NormKernels.get()
                .forward(NormForward.of(Norm.LAYER, 0, in, y).affine(rows, null)));
        bad("beta", "beta must have 6", () -> NormKernels.get()
                .forward(NormForward.of(Norm.LAYER, 0, in, y).affine(null, rows)));
        bad("mean", "mean must have 4", () -> NormKernels.get()
                .forward(NormForward.of(Norm.LAYER, 0, in, y).statistics(cols, null)));
        bad("rstd", "rstd must have 4", () -> NormKernels.get()
                .forward(NormForward.of(Norm.RMS, 0, in, y).statistics(null, cols)));
        bad("mean of RMS", "RMS norm has no mean", () -> NormKernels.get()
                .forward(NormForward.of(Norm.RMS, 0, in, y).statistics(rows, null)));
        NormInput same = new NormInput(x, null, null, y);
        bad("y is sum", "y must not share", () -> NormKernels.get().forward(NormForward.of(Norm.RMS, 0, same, y)));
        NormInput short_ = new NormInput(x, null, rows, sum);
        bad("residual", "residual must have 24", () -> NormKernels.get()
                .forward(NormForward.of(Norm.RMS, 0, short_, y)));
        bad("no rstd", "rstd must not be null", () -> NormKernels.get().replay(NormReplay.scaled(x, null, y)));
        bad("no mean", "needs the mean", () -> backward(true, null, rows, y));
        bad("dx is kept", "dx must not share", () -> backward(false, null, rows, x));
        bad("rstd of backward", "rstd must have 4", () -> backward(false, null, cols, y));
        bad("double mean of half", "mean must have 4 elements of type FLOAT", () -> NormKernels.get()
                .replay(NormReplay.of(x.castTo(DataType.FLOAT16), doubles(1, 4), rows, x.castTo(DataType.FLOAT16))));
    }

    private void backward(boolean fromInput, INDArray mean, INDArray rstd, INDArray dx) {
        NormKernels.get()
                .backward(new NormBackward(Norm.LAYER, fromInput, x, mean, rstd, null, x, null, dx, null, null));
    }

    private void attention() {
        HeadView out = HeadView.ofHeads(floats(7, 2, 3, 5, 4));
        bad("too few tokens", "q must hold 6 tokens", () -> {
            AttentionShape longer = new AttentionShape(2, 3, 6, 5, 4, 1, false);
            AttentionKernels.get()
                    .forward(AttentionForward.of(longer, heads, heads, heads, out)
                            .withLse(lse));
        });
        bad("no heads", "every size", () -> {
            AttentionShape none = new AttentionShape(2, 0, 5, 5, 4, 1, false);
            AttentionKernels.get()
                    .forward(AttentionForward.of(none, heads, heads, heads, out).withLse(lse));
        });
        HeadView before = new HeadView(heads.array(), -1, 60, 20, 4);
        bad("offset", "v must hold", () -> AttentionKernels.get()
                .forward(AttentionForward.of(SHAPE, heads, heads, before, out).withLse(lse)));
        HeadView wide = HeadView.ofHeads(doubles(1, 2, 3, 5, 4));
        bad("mixed types", "k must have", () -> AttentionKernels.get()
                .forward(AttentionForward.of(SHAPE, heads, wide, heads, out).withLse(lse)));
        bad("key mask", "keyMask must have 10", () -> AttentionKernels.get()
                .forward(AttentionForward.of(SHAPE, heads, heads, heads, out)
                        .withKeyMask(rows)
                        .withLse(lse)));
        bad("lse", "lse must have 30", () -> AttentionKernels.get()
                .forward(AttentionForward.of(SHAPE, heads, heads, heads, out).withLse(rows)));
        bad("probs", "probs must have 150", () -> AttentionKernels.get()
                .forward(AttentionForward.of(SHAPE, heads, heads, heads, out)
                        .withLse(lse)
                        .withProbs(lse)));
        HeadView d = HeadView.ofHeads(floats(8, 2, 3, 5, 4));
        bad("dq over q", "dq, dk and dv must not share", () -> {
            AttentionKernels.get()
                    .backward(new AttentionBackward(
                            AttentionForward.of(SHAPE, heads, heads, heads, out).withLse(lse), d, heads, d, d));
        });
        bad("neither lse nor probs", "needs lse or probs", () -> {
            AttentionKernels.get()
                    .backward(new AttentionBackward(AttentionForward.of(SHAPE, heads, heads, heads, out), d, d, d, d));
        });
        bad("rank of tokens", "heads are read from [batch, tokens, features]", () -> HeadView.ofTokens(x, 4));
        bad("empty", "non-empty", () -> ActivationKernels.get().relu(Nd4j.empty(DataType.FLOAT), y, null));
    }

    private void bad(String what, String invariant, Executable call) {
        tests.add(dynamicTest(what, () -> {
            String message = assertThrows(IllegalArgumentException.class, call).getMessage();
            assertTrue(message.contains(invariant), message);
        }));
    }
}
