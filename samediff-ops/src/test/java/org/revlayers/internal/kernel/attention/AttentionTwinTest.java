package org.revlayers.internal.kernel.attention;

import static org.revlayers.internal.kernel.TestArrays.blank;
import static org.revlayers.internal.kernel.TestArrays.floats;
import static org.revlayers.internal.kernel.TestArrays.like;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.Tolerances;
import org.revlayers.internal.kernel.KernelTwin;
import org.revlayers.internal.kernel.TestArrays;

/** Native against portable attention: masks, causality, odd sizes; and, for all native kernels, the same bits with any number of threads. */
class AttentionTwinTest extends KernelTwin<AttentionKernels> {

    AttentionTwinTest() {
        super(AttentionKernels.portable(), AttentionKernels.get(), AttentionKernels::on);
    }

    static Stream<Arguments> shapes() {
        List<AttentionShape> shapes = List.of(
                AttentionShape.self(1, 1, 1, 1),
                AttentionShape.self(2, 3, 7, 5),
                new AttentionShape(1, 2, 63, 197, 64, 0.125, false),
                new AttentionShape(2, 1, 197, 63, 33, 0.2, true),
                new AttentionShape(1, 3, 49, 50, 16, 0.25, true),
                new AttentionShape(1, 2, 70, 37, 100, 0.1, true),
                new AttentionShape(2, 1, 5, 6, 130, 0.1, false));
        return instructionSets().flatMap(isa -> shapes.stream()
                .flatMap(shape -> Stream.of(true, false).map(mask -> Arguments.of(isa, shape, mask))));
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void attention(int isa, AttentionShape shape, boolean masked) {
        on(isa);
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
                        kernels.forward(new AttentionForward(shape, in[0], in[1], in[2], mask, out, lse, probs));
                        kernels.backward(new AttentionBackward(
                                new AttentionForward(shape, in[0], in[1], in[2], mask, out, lse, probs),
                                dOut,
                                views.get(1),
                                views.get(2),
                                views.get(3)));
                        if (keep) {
                            results.add(probs);
                        }
                        return results;
                    },
                    (e, a) -> assertAllSums(e, a, shape + " keeping " + keep));
        }
    }

    /** Heads of a fused projection, as they lie there: vectors on whole quads of numbers (dim 8) and off them. */
    @ParameterizedTest
    @MethodSource("instructionSets")
    void fusedProjection(int isa) {
        on(isa);
        for (int dim : new int[] {5, 8}) {
            AttentionShape shape = AttentionShape.self(2, 2, 9, dim);
            INDArray qkv = floats(1, 2, 9, 3 * 2 * dim);
            HeadView dOut = HeadView.ofTokens(floats(2, 2, 9, 2 * dim), dim);
            HeadView[] in = parts(qkv, dim);
            both(
                    kernels -> {
                        INDArray out = blank(DataType.FLOAT, 2, 9, 2 * dim);
                        INDArray dQkv = like(qkv);
                        HeadView[] gradients = parts(dQkv, dim);
                        AttentionForward forward = AttentionForward.of(
                                        shape, in[0], in[1], in[2], HeadView.ofTokens(out, dim))
                                .withLse(blank(DataType.FLOAT, 2, 2, 9));
                        kernels.forward(forward);
                        kernels.backward(
                                new AttentionBackward(forward, dOut, gradients[0], gradients[1], gradients[2]));
                        return List.of(out, dQkv);
                    },
                    (e, a) -> assertAllSums(e, a, "fused heads of " + dim));
        }
    }

    private static HeadView[] parts(INDArray qkv, int dim) {
        return IntStream.range(0, 3)
                .mapToObj(i -> HeadView.part(qkv, i, 3, dim))
                .toArray(HeadView[]::new);
    }

    /** The output in place of the queries, the keys or the values, in more tiles than one. */
    @ParameterizedTest
    @MethodSource("instructionSets")
    void inPlace(int isa) {
        on(isa);
        AttentionShape shape = AttentionShape.self(1, 2, 130, 4);
        for (int place = 0; place < 3; place++) {
            int over = place;
            both(
                    kernels -> {
                        INDArray[] in = {floats(1, 1, 2, 130, 4), floats(2, 1, 2, 130, 4), floats(3, 1, 2, 130, 4)};
                        kernels.forward(AttentionForward.of(
                                shape,
                                HeadView.ofHeads(in[0]),
                                HeadView.ofHeads(in[1]),
                                HeadView.ofHeads(in[2]),
                                HeadView.ofHeads(in[over])));
                        return List.of(in[over]);
                    },
                    (e, a) -> assertAllSums(e, a, "output over input " + over));
        }
    }

    /** NaN and infinite scores reach the queries that see them and no others. */
    @ParameterizedTest
    @MethodSource("instructionSets")
    void awkwardQueries(int isa) {
        on(isa);
        AttentionShape shape = new AttentionShape(1, 1, 4, 3, 2, 1, false);
        INDArray q = TestArrays.array(DataType.FLOAT, Double.NaN, 0, 1, 1, Double.POSITIVE_INFINITY, 1, -1e30, 1)
                .reshape(1, 1, 4, 2);
        INDArray k = floats(2, 1, 1, 3, 2);
        INDArray v = floats(3, 1, 1, 3, 2);
        both(
                kernels -> {
                    INDArray out = like(q);
                    INDArray lse = blank(DataType.FLOAT, 1, 1, 4);
                    INDArray probs = blank(DataType.FLOAT, 1, 1, 4, 3);
                    kernels.forward(AttentionForward.of(
                                    shape,
                                    HeadView.ofHeads(q),
                                    HeadView.ofHeads(k),
                                    HeadView.ofHeads(v),
                                    HeadView.ofHeads(out))
                            .withLse(lse)
                            .withProbs(probs));
                    return List.of(out, lse, probs);
                },
                (e, a) -> {
                    for (int i = 0; i < e.size(); i++) {
                        INDArray expected = e.get(i);
                        TestArrays.assertUlps(expected, a.get(i), Tolerances.SUM_ULPS, 1, "output " + i);
                    }
                });
    }
}
