package org.revlayers.internal.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.revlayers.internal.kernel.TestArrays.blank;
import static org.revlayers.internal.kernel.TestArrays.bytes;
import static org.revlayers.internal.kernel.TestArrays.floats;
import static org.revlayers.internal.kernel.TestArrays.like;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
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
import org.revlayers.internal.kernel.pooling.PoolingKernels;
import org.revlayers.internal.kernel.pooling.Windows;

/** Every kernel's result is that of one thread: sums have a fixed order. */
class ThreadsTest extends KernelTwin<Void> {

    ThreadsTest() {
        super(null, null, (device, host) -> null);
    }

    @ParameterizedTest
    @MethodSource("instructionSets")
    void resultsDoNotDependOnThreads(int isa) {
        NativeRuntime.limitInstructionSet(isa);
        NativeRuntime.setThreads(1);
        List<INDArray> expected = everything();
        for (int threads : new int[] {2, 3}) {
            NativeRuntime.setThreads(threads);
            List<INDArray> results = everything();
            for (int i = 0; i < results.size(); i++) {
                assertEquals(expected.get(i), results.get(i), "result " + i + " with " + threads + " threads");
            }
        }
    }

    private List<INDArray> everything() {
        INDArray x = floats(1, 1201, 131);
        INDArray dy = floats(2, 1201, 131);
        INDArray weight = floats(3, 131);
        INDArray y = like(x);
        INDArray z = like(x);
        INDArray dx = like(x);
        INDArray rstd = blank(DataType.FLOAT, 1201);
        INDArray dGamma = like(weight);
        INDArray dBeta = like(weight);
        INDArray sums = like(weight);
        INDArray probs = like(x);
        INDArray dropped = like(x);
        INDArray mask = bytes(PackedBits.maskBytes(x.length()));
        INDArray code = bytes(Curve.codeBytes(x.length()));
        ActivationKernels.get()
                .forward(ActivationForward.of(Curve.GELU, x, y).withBias(weight).withCode(code));
        NormKernels.get()
                .forward(NormForward.of(Norm.LAYER, 1e-5, NormInput.of(x), z).statistics(null, rstd));
        NormKernels.get()
                .backward(NormBackward.ofOutput(Norm.LAYER, z, rstd, dy, dx)
                        .weighted(weight)
                        .into(dGamma, dBeta));
        LinearKernels.get().columnSums(x, sums);
        AttentionKernels.get().softmax(x, probs);
        ActivationKernels.get().dropout(x, 0.3, 5, dropped, mask);
        AttentionShape shape = AttentionShape.self(2, 3, 57, 8);
        INDArray qkv = floats(7, 2, 57, 72);
        INDArray dQkv = like(qkv);
        INDArray tokens = Nd4j.create(DataType.FLOAT, 2, 57, 24);
        INDArray lse = Nd4j.create(DataType.FLOAT, 2, 3, 57);
        HeadView[] in = thirds(qkv);
        HeadView[] d = thirds(dQkv);
        HeadView out = HeadView.ofTokens(tokens, 8);
        AttentionKernels.get()
                .forward(AttentionForward.of(shape, in[0], in[1], in[2], out).withLse(lse));
        AttentionKernels.get()
                .backward(new AttentionBackward(
                        AttentionForward.of(shape, in[0], in[1], in[2], out).withLse(lse), out, d[0], d[1], d[2]));
        Windows windows = new Windows(1, 131, new Windows.Axis(1201, 601, 3, 2, 1), new Windows.Axis(1, 1, 1, 1, 0));
        INDArray maxima = blank(DataType.FLOAT, windows.maxima());
        INDArray places = bytes(windows.maxima());
        INDArray pixels = like(x);
        PoolingKernels.get().max(windows, x, maxima, places);
        PoolingKernels.get().maxBackward(windows, maxima, places, pixels);
        return List.of(
                y, z, dx, rstd, dGamma, dBeta, sums, probs, dropped, mask, code, tokens, lse, dQkv, maxima, places,
                pixels);
    }

    private static HeadView[] thirds(INDArray qkv) {
        return IntStream.range(0, 3).mapToObj(i -> HeadView.part(qkv, i, 3, 8)).toArray(HeadView[]::new);
    }
}
