package org.revlayers.internal.kernel.attention;

import static org.revlayers.internal.kernel.TestArrays.assertGradient;
import static org.revlayers.internal.kernel.TestArrays.assertSame;
import static org.revlayers.internal.kernel.TestArrays.assertWithin;
import static org.revlayers.internal.kernel.TestArrays.blank;
import static org.revlayers.internal.kernel.TestArrays.doubles;
import static org.revlayers.internal.kernel.TestArrays.like;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.revlayers.Tolerances;
import org.revlayers.internal.kernel.Buffers;
import org.revlayers.internal.kernel.TestArrays;

/** The portable attention against matrix products of ND4J and against differences: masks, causality, more keys than queries. */
class AttentionReferenceTest {

    private final AttentionKernels kernels = AttentionKernels.portable();

    @ParameterizedTest
    @CsvSource({"5,5,false,false", "5,5,true,false", "3,6,false,true", "6,3,true,true", "1,1,false,false"})
    void forwardIsTheFormula(int queries, int keys, boolean causal, boolean masked) {
        Case c = new Case(queries, keys, causal, masked);
        INDArray lse = blank(DataType.DOUBLE, 2, 2, queries);
        INDArray probs = blank(DataType.DOUBLE, 2, 2, queries, keys);
        INDArray out = c.forward(c.q, c.k, c.v, lse, probs);
        for (int b = 0; b < 2; b++) {
            for (int h = 0; h < 2; h++) {
                INDArray hidden = c.hidden(b);
                INDArray e = Transforms.exp(head(c.q, b, h)
                                .mmul(head(c.k, b, h).transpose())
                                .mul(c.shape.scale()))
                        .mul(hidden);
                INDArray total = e.sum(true, 1);
                INDArray none = total.eq(0).castTo(DataType.DOUBLE);
                INDArray p = e.divColumnVector(total.add(none));
                assertWithin(p, head(probs, b, h), Tolerances.DOUBLE_SUM, "probabilities");
                assertWithin(p.mmul(head(c.v, b, h)), head(out, b, h), Tolerances.DOUBLE_SUM, "output");
                INDArray logs = Transforms.log(total.add(none)).reshape(queries);
                assertWithin(logs, lse.slice(b).slice(h), Tolerances.DOUBLE_SUM, "log of the sum");
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"4,4,false,false", "4,4,true,false", "3,5,false,true", "5,3,true,true", "1,1,false,false"})
    void backwardAgreesWithDifferences(int queries, int keys, boolean causal, boolean masked) {
        Case c = new Case(queries, keys, causal, masked);
        INDArray lse = blank(DataType.DOUBLE, 2, 2, queries);
        INDArray probs = blank(DataType.DOUBLE, 2, 2, queries, keys);
        INDArray dOut = doubles(9, c.q.shape());
        INDArray out = c.forward(c.q, c.k, c.v, lse, probs);
        INDArray[] recomputed = c.backward(out, lse, null, dOut);
        INDArray[] kept = c.backward(out, null, probs, dOut);
        assertGradient(at -> c.loss(at, c.k, c.v, dOut), c.q, recomputed[0], "dQ");
        assertGradient(at -> c.loss(c.q, at, c.v, dOut), c.k, recomputed[1], "dK");
        assertGradient(at -> c.loss(c.q, c.k, at, dOut), c.v, recomputed[2], "dV");
        for (int i = 0; i < 3; i++) {
            assertWithin(kept[i], recomputed[i], Tolerances.DOUBLE_SUM, "gradient " + i + " from kept probabilities");
        }
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void queryThatSeesNoKeyGivesZeros(boolean causal) {
        Case c = new Case(3, 3, causal, false);
        c.mask = Nd4j.zeros(DataType.DOUBLE, 2, 3);
        INDArray lse = blank(DataType.DOUBLE, 2, 2, 3);
        INDArray out = c.forward(c.q, c.k, c.v, lse, null);
        assertSame(Nd4j.zeros(DataType.DOUBLE, out.shape()), out, "output");
        assertSame(Nd4j.zeros(DataType.DOUBLE, lse.shape()), lse, "log of the sum");
        for (INDArray gradient : c.backward(out, lse, null, doubles(9, c.q.shape()))) {
            assertSame(Nd4j.zeros(DataType.DOUBLE, gradient.shape()), gradient, "gradient");
        }
    }

    @ParameterizedTest
    @CsvSource({"FLOAT", "DOUBLE", "HALF"})
    void fusedProjectionIsReadInPlace(DataType type) {
        AttentionShape shape = AttentionShape.self(2, 3, 5, 4);
        INDArray qkv = TestArrays.random(type, 1, 2, 5, 36);
        INDArray out = blank(type, 2, 5, 12);
        INDArray lse = blank(Buffers.statistic(type), 2, 3, 5);
        HeadView[] parts = {part(qkv, 0), part(qkv, 1), part(qkv, 2)};
        kernels.forward(AttentionForward.of(shape, parts[0], parts[1], parts[2], HeadView.ofTokens(out, 4))
                .withLse(lse));
        INDArray dQkv = like(qkv);
        INDArray dOut = TestArrays.random(type, 2, 2, 5, 12);
        kernels.backward(new AttentionBackward(
                AttentionForward.of(shape, parts[0], parts[1], parts[2], HeadView.ofTokens(out, 4))
                        .withLse(lse),
                HeadView.ofTokens(dOut, 4),
                part(dQkv, 0),
                part(dQkv, 1),
                part(dQkv, 2)));

        INDArray heads = split(qkv); // [3, batch, heads, tokens, dim]
        INDArray separate = blank(type, 2, 3, 5, 4);
        HeadView[] copies = {
            HeadView.ofHeads(heads.slice(0).dup('c')),
            HeadView.ofHeads(heads.slice(1).dup('c')),
            HeadView.ofHeads(heads.slice(2).dup('c'))
        };
        kernels.forward(AttentionForward.of(shape, copies[0], copies[1], copies[2], HeadView.ofHeads(separate))
                .withLse(lse));
        assertSame(separate, out.reshape(2, 5, 3, 4).permute(0, 2, 1, 3).dup('c'), "output");
        INDArray[] gradients = {like(separate), like(separate), like(separate)};
        INDArray dHeads = dOut.reshape(2, 5, 3, 4).permute(0, 2, 1, 3).dup('c');
        kernels.backward(new AttentionBackward(
                AttentionForward.of(shape, copies[0], copies[1], copies[2], HeadView.ofHeads(separate))
                        .withLse(lse),
                HeadView.ofHeads(dHeads),
                HeadView.ofHeads(gradients[0]),
                HeadView.ofHeads(gradients[1]),
                HeadView.ofHeads(gradients[2])));
        for (int i = 0; i < 3; i++) {
            assertSame(gradients[i], split(dQkv).slice(i).dup('c'), "gradient " + i);
        }
    }

    private static HeadView part(INDArray qkv, int index) {
        return HeadView.part(qkv, index, 3, 4);
    }

    private static INDArray split(INDArray qkv) {
        return qkv.reshape(2, 5, 3, 3, 4).permute(2, 0, 3, 1, 4);
    }

    private static INDArray head(INDArray array, int batch, int head) {
        return array.slice(batch).slice(head).dup('c');
    }

    /** Two batch items, two heads of three features. */
    private final class Case {
        final AttentionShape shape;
        final INDArray q;
        final INDArray k;
        final INDArray v;
        INDArray mask;

        Case(int queries, int keys, boolean causal, boolean masked) {
            shape = new AttentionShape(2, 2, queries, keys, 3, 0.6, causal);
            q = doubles(1, 2, 2, queries, 3);
            k = doubles(2, 2, 2, keys, 3);
            v = doubles(3, 2, 2, keys, 3);
            mask = masked ? Nd4j.ones(DataType.DOUBLE, 2, keys) : null;
            if (masked) { // with a causal shape the first query of item 1 sees nothing
                mask.putScalar(0, keys - 1, 0);
                mask.putScalar(1, 0, 0);
            }
        }

        INDArray hidden(int batch) {
            INDArray shown = Nd4j.ones(DataType.DOUBLE, shape.queries(), shape.keys());
            for (int i = 0; i < shape.queries(); i++) {
                for (int j = 0; j < shape.keys(); j++) {
                    if (shape.causal() && j > i || mask != null && mask.getDouble(batch, j) == 0) {
                        shown.putScalar(i, j, 0);
                    }
                }
            }
            return shown;
        }

        INDArray forward(INDArray queries, INDArray keys, INDArray values, INDArray lse, INDArray probs) {
            INDArray out = like(queries);
            kernels.forward(new AttentionForward(
                    shape,
                    HeadView.ofHeads(queries),
                    HeadView.ofHeads(keys),
                    HeadView.ofHeads(values),
                    mask,
                    HeadView.ofHeads(out),
                    lse,
                    probs));
            return out;
        }

        double loss(INDArray queries, INDArray keys, INDArray values, INDArray dOut) {
            return forward(queries, keys, values, null, null)
                    .mul(dOut)
                    .sumNumber()
                    .doubleValue();
        }

        INDArray[] backward(INDArray out, INDArray lse, INDArray probs, INDArray dOut) {
            INDArray[] gradients = {like(q), like(k), like(v)};
            kernels.backward(new AttentionBackward(
                    new AttentionForward(
                            shape,
                            HeadView.ofHeads(q),
                            HeadView.ofHeads(k),
                            HeadView.ofHeads(v),
                            mask,
                            HeadView.ofHeads(out),
                            lse,
                            probs),
                    HeadView.ofHeads(dOut),
                    HeadView.ofHeads(gradients[0]),
                    HeadView.ofHeads(gradients[1]),
                    HeadView.ofHeads(gradients[2])));
            return gradients;
        }
    }
}
