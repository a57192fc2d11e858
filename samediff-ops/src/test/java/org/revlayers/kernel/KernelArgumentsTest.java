package org.revlayers.kernel;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;
import static org.revlayers.kernel.TestArrays.bytes;
import static org.revlayers.kernel.TestArrays.doubles;
import static org.revlayers.kernel.TestArrays.floats;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.Executable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.revlayers.kernel.activation.Curve;
import org.revlayers.kernel.attention.AttentionShape;
import org.revlayers.kernel.attention.HeadView;
import org.revlayers.kernel.norm.Norm;
import org.revlayers.kernel.norm.NormInput;

/** Both implementations turn every bad argument down with the same words, before they touch memory. */
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
        for (Kernels kernels : new Kernels[] {new JavaKernels(), Kernels.get()}) {
            elementwise(kernels);
            norms(kernels);
            attention(kernels);
        }
        return tests;
    }

    private void elementwise(Kernels k) {
        bad(k, "length of y", "y must have 24 elements of type FLOAT", () -> k.relu(x, rows, null));
        bad(k, "type of y", "y must have 24 elements", () -> k.relu(x, doubles(1, 4, 6), null));
        bad(k, "null y", "y must not be null", () -> k.relu(x, null, null));
        bad(k, "order of x", "x must be a non-empty C-contiguous", () -> k.relu(x.dup('f'), y, null));
        INDArray strided = floats(1, 4, 12).get(NDArrayIndex.all(), NDArrayIndex.interval(0, 2, 12));
        bad(k, "strides of y", "call dup('c') first", () -> k.relu(x, strided, null));
        bad(k, "integers", "x must be FLOAT, DOUBLE or HALF", () -> k.relu(x.castTo(DataType.INT32), y, null));
        bad(k, "length of mask", "mask must have 3 elements", () -> k.relu(x, y, code));
        bad(k, "length of code", "code must have 6", () -> k.activation(Curve.GELU, x, null, null, y, mask));
        bad(k, "type of code", "code must have 6", () -> k.activation(Curve.GELU, x, null, null, y, cols));
        bad(k, "length of bias", "bias must have 6", () -> k.activation(Curve.GELU, x, rows, null, y, null));
        bad(k, "pre is y", "pre must not share", () -> k.activation(Curve.GELU, x, null, y, y, null));
        bad(k, "length of dy", "dy must have 24", () -> k.activationBackward(Curve.SILU, x, rows, y));
        bad(k, "null code", "code must not be null", () -> k.codeBackward(Curve.SILU, null, x, y));
        bad(k, "length of dx", "dx must have 24", () -> k.maskBackward(mask, 1, x, rows));
        for (double p : new double[] {-0.1, 1, Double.NaN}) {
            bad(k, "p " + p, "0 <= p < 1, not " + p, () -> k.dropout(x, p, 1, y, null));
        }
        bad(k, "length of out", "out must have 6", () -> k.columnSums(x, rows));
        bad(k, "length of a bias", "bias must have 6", () -> k.addBias(x, rows));
        bad(k, "softmax y", "y must have 24", () -> k.softmax(x, rows));
        bad(k, "softmax dx", "dx must have 24", () -> k.softmaxBackward(x, y, rows));
    }

    private void norms(Kernels k) {
        NormInput in = NormInput.of(x);
        INDArray sum = floats(7, 4, 6);
        bad(k, "eps", "eps must be finite", () -> k.norm(Norm.LAYER, -1, in, null, null, y, null, null));
        bad(k, "gamma", "gamma must have 6", () -> k.norm(Norm.LAYER, 0, in, rows, null, y, null, null));
        bad(k, "beta", "beta must have 6", () -> k.norm(Norm.LAYER, 0, in, null, rows, y, null, null));
        bad(k, "mean", "mean must have 4", () -> k.norm(Norm.LAYER, 0, in, null, null, y, cols, null));
        bad(k, "rstd", "rstd must have 4", () -> k.norm(Norm.RMS, 0, in, null, null, y, null, cols));
        bad(k, "mean of RMS", "RMS norm has no mean", () -> k.norm(Norm.RMS, 0, in, null, null, y, rows, null));
        NormInput same = new NormInput(x, null, null, y);
        bad(k, "y is sum", "y must not share", () -> k.norm(Norm.RMS, 0, same, null, null, y, null, null));
        NormInput short_ = new NormInput(x, null, rows, sum);
        bad(k, "residual", "residual must have 24", () -> k.norm(Norm.RMS, 0, short_, null, null, y, null, null));
        bad(k, "no rstd", "rstd must not be null", () -> k.normReplay(x, null, null, null, null, y));
        bad(k, "no mean", "needs the mean", () -> backward(k, true, null, rows, y));
        bad(k, "dx is kept", "dx must not share", () -> backward(k, false, null, rows, x));
        bad(k, "rstd of backward", "rstd must have 4", () -> backward(k, false, null, cols, y));
        bad(
                k,
                "double mean of half",
                "mean must have 4 elements of type FLOAT",
                () -> k.normReplay(
                        x.castTo(DataType.FLOAT16), doubles(1, 4), rows, null, null, x.castTo(DataType.FLOAT16)));
    }

    private void backward(Kernels k, boolean fromInput, INDArray mean, INDArray rstd, INDArray dx) {
        k.normBackward(Norm.LAYER, fromInput, x, mean, rstd, null, x, null, dx, null, null);
    }

    private void attention(Kernels k) {
        HeadView out = HeadView.ofHeads(floats(7, 2, 3, 5, 4));
        bad(k, "too few tokens", "q must hold 6 tokens", () -> {
            AttentionShape longer = new AttentionShape(2, 3, 6, 5, 4, 1, false);
            k.attention(longer, heads, heads, heads, null, out, lse, null);
        });
        bad(k, "no heads", "every size", () -> {
            AttentionShape none = new AttentionShape(2, 0, 5, 5, 4, 1, false);
            k.attention(none, heads, heads, heads, null, out, lse, null);
        });
        HeadView before = new HeadView(heads.array(), -1, 60, 20, 4);
        bad(k, "offset", "v must hold", () -> k.attention(SHAPE, heads, heads, before, null, out, lse, null));
        HeadView wide = HeadView.ofHeads(doubles(1, 2, 3, 5, 4));
        bad(k, "mixed types", "k must have", () -> k.attention(SHAPE, heads, wide, heads, null, out, lse, null));
        bad(k, "key mask", "keyMask must have 10", () -> k.attention(SHAPE, heads, heads, heads, rows, out, lse, null));
        bad(k, "lse", "lse must have 30", () -> k.attention(SHAPE, heads, heads, heads, null, out, rows, null));
        bad(k, "probs", "probs must have 150", () -> k.attention(SHAPE, heads, heads, heads, null, out, lse, lse));
        HeadView d = HeadView.ofHeads(floats(8, 2, 3, 5, 4));
        bad(k, "dq over q", "dq, dk and dv must not share", () -> {
            k.attentionBackward(SHAPE, heads, heads, heads, null, out, lse, null, d, heads, d, d);
        });
        bad(k, "neither lse nor probs", "needs lse or probs", () -> {
            k.attentionBackward(SHAPE, heads, heads, heads, null, out, null, null, d, d, d, d);
        });
        bad(k, "rank of tokens", "heads are read from [batch, tokens, features]", () -> HeadView.ofTokens(x, 4));
        bad(k, "empty", "non-empty", () -> k.relu(Nd4j.empty(DataType.FLOAT), y, null));
    }

    private void bad(Kernels kernels, String what, String invariant, Executable call) {
        tests.add(dynamicTest(what + " (" + kernels.name() + ")", () -> {
            String message = assertThrows(IllegalArgumentException.class, call).getMessage();
            assertTrue(message.contains(invariant), message);
        }));
    }
}
