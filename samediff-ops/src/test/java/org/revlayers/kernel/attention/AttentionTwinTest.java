package org.revlayers.kernel.attention;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.revlayers.kernel.TestArrays.blank;
import static org.revlayers.kernel.TestArrays.bytes;
import static org.revlayers.kernel.TestArrays.floats;
import static org.revlayers.kernel.TestArrays.like;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.kernel.KernelArguments;
import org.revlayers.kernel.KernelTwin;
import org.revlayers.kernel.NativeKernels;
import org.revlayers.kernel.activation.Curve;
import org.revlayers.kernel.norm.Norm;
import org.revlayers.kernel.norm.NormInput;

/** Native against portable attention: masks, causality, odd sizes; and, for all native kernels, the same bits with any number of threads. */
class AttentionTwinTest extends KernelTwin {

    static Stream<Arguments> shapes() {
        List<AttentionShape> shapes = List.of(
                AttentionShape.self(1, 1, 1, 1),
                AttentionShape.self(2, 3, 7, 5),
                new AttentionShape(1, 2, 63, 197, 64, 0.125, false),
                new AttentionShape(2, 1, 197, 63, 33, 0.2, true),
                new AttentionShape(1, 3, 49, 50, 16, 0.25, true));
        return instructionSets().flatMap(isa -> shapes.stream()
                .flatMap(shape -> Stream.of(true, false).map(mask -> Arguments.of(isa, shape, mask))));
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void attention(int isa, AttentionShape shape, boolean masked) {
        NativeKernels.limitInstructionSet(isa);
        int batch = shape.batch();
        int heads = shape.heads();
        INDArray q = floats(1, batch, heads, shape.queries(), shape.dim());
        INDArray k = floats(2, batch, heads, shape.keys(), shape.dim());
        INDArray v = floats(3, batch, heads, shape.keys(), shape.dim());
        HeadView dOut = HeadView.ofHeads(floats(4, q.shape()));
        HeadView[] in = {HeadView.ofHeads(q), HeadView.ofHeads(k), HeadView.ofHeads(v)};
        INDArray mask = masked ? floats(5, batch, shape.keys()).gt(0).castTo(DataType.FLOAT) : null;
        for (boolean keep : new boolean[] {false, true}) {
            both(
                    kernels -> {
                        INDArray lse = blank(DataType.FLOAT, batch, heads, shape.queries());
                        INDArray probs =
                                keep ? blank(DataType.FLOAT, batch, heads, shape.queries(), shape.keys()) : null;
                        List<INDArray> results = new ArrayList<>(List.of(like(q), like(q), like(k), like(v), lse));
                        List<HeadView> views = results.subList(0, 4).stream()
                                .map(HeadView::ofHeads)
                                .toList();
                        HeadView out = views.get(0);
                        kernels.attention(shape, in[0], in[1], in[2], mask, out, lse, probs);
                        kernels.attentionBackward(
                                shape,
                                in[0],
                                in[1],
                                in[2],
                                mask,
                                out,
                                lse,
                                probs,
                                dOut,
                                views.get(1),
                                views.get(2),
                                views.get(3));
                        if (keep) {
                            results.add(probs);
                        }
                        return results;
                    },
                    (e, a) -> assertAllSums(e, a, shape + " keeping " + keep));
        }
    }

    @ParameterizedTest
    @MethodSource("instructionSets")
    void resultsDoNotDependOnThreads(int isa) {
        NativeKernels.limitInstructionSet(isa);
        NativeKernels.setThreads(1);
        List<INDArray> expected = everything();
        for (int threads : new int[] {2, 3}) {
            NativeKernels.setThreads(threads);
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
        INDArray mask = bytes(KernelArguments.maskBytes(x.length()));
        INDArray code = bytes(Curve.codeBytes(x.length()));
        fast.activation(Curve.GELU, x, weight, null, y, code);
        fast.norm(Norm.LAYER, 1e-5, NormInput.of(x), null, null, z, null, rstd);
        fast.normBackward(Norm.LAYER, false, z, null, rstd, weight, dy, null, dx, dGamma, dBeta);
        fast.columnSums(x, sums);
        fast.softmax(x, probs);
        fast.dropout(x, 0.3, 5, dropped, mask);
        AttentionShape shape = AttentionShape.self(2, 3, 57, 8);
        INDArray qkv = floats(7, 2, 57, 72);
        INDArray dQkv = like(qkv);
        INDArray tokens = Nd4j.create(DataType.FLOAT, 2, 57, 24);
        INDArray lse = Nd4j.create(DataType.FLOAT, 2, 3, 57);
        HeadView[] in = thirds(qkv);
        HeadView[] d = thirds(dQkv);
        HeadView out = HeadView.ofTokens(tokens, 8);
        fast.attention(shape, in[0], in[1], in[2], null, out, lse, null);
        fast.attentionBackward(shape, in[0], in[1], in[2], null, out, lse, null, out, d[0], d[1], d[2]);
        return List.of(y, z, dx, rstd, dGamma, dBeta, sums, probs, dropped, mask, code, tokens, lse, dQkv);
    }

    private static HeadView[] thirds(INDArray qkv) {
        return IntStream.range(0, 3).mapToObj(i -> HeadView.part(qkv, i, 3, 8)).toArray(HeadView[]::new);
    }
}
