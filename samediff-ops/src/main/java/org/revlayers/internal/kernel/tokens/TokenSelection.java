package org.revlayers.internal.kernel.tokens;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.revlayers.internal.kernel.linear.Gemm;

/**
 * Which tokens of a batch stay, and where they are behind:
 *
 * <pre>
 *   K = ⌈keep·(N−1)⌉;  out = [x_0, the K tokens of the highest scores in falling order, Σ over the others weight_t·x_t]
 *   dx_t = dout of its place;  of those left out dx_t = weight_t·dfused,  dweight_t = x_t·dfused
 * </pre>
 *
 * <p>All arrays of tokens are rows, {@code [batch·tokens, features]}. Source: EViT (arXiv 2202.07800).
 */
public final class TokenSelection {

    private final TokenShare share;
    private final int batch;
    private final int tokens;
    private final int kept;
    private final int behind;
    private final int[] order;

    private TokenSelection(TokenShare share, long batch, long tokens, int... order) {
        this.share = share;
        this.batch = (int) batch;
        this.tokens = (int) tokens;
        this.kept = share.kept(tokens);
        this.behind = (int) share.behind(tokens);
        this.order = order;
    }

    /**
     * Chooses. Equal scores: the lower index first. Tokens that a mask hides are left out first, and a token that was fused before is not kept by itself.
     *
     * @param scores {@code [batch, tokens]}
     * @param mask   {@code [batch, tokens]}, or null
     */
    public static TokenSelection by(TokenShare share, INDArray scores, @Nullable INDArray mask) {
        int batch = (int) scores.size(0);
        int tokens = (int) scores.size(1);
        double[] values = numbers(scores);
        double[] shown = mask == null ? null : numbers(mask);
        int[] order = new int[batch * (tokens - 1)];
        for (int b = 0; b < batch; b++) {
            int from = b * tokens;
            int last = share.again() ? tokens - 1 : tokens;
            IntStream sorted = IntStream.range(1, last)
                    .boxed()
                    .sorted(Comparator.comparingDouble(
                            t -> shown != null && shown[from + t] == 0 ? Double.POSITIVE_INFINITY : -values[from + t]))
                    .mapToInt(t -> t);
            int[] own = IntStream.concat(sorted, IntStream.range(last, tokens)).toArray();
            System.arraycopy(own, 0, order, b * (tokens - 1), tokens - 1);
        }
        return new TokenSelection(share, batch, tokens, order);
    }

    /**
     * One that was made before.
     *
     * @param order as {@link #order} gave it
     */
    public static TokenSelection of(TokenShare share, long batch, long tokens, INDArray order) {
        return new TokenSelection(share, batch, tokens, order.data().asInt());
    }

    private static double[] numbers(INDArray array) {
        return array.castTo(DataType.DOUBLE).dup('c').data().asDouble();
    }

    /** The tokens behind the first in falling order of their scores, example by example: batch·(tokens − 1) numbers. */
    public int[] order() {
        return order.clone();
    }

    /** How many of an example are left out. */
    public int others() {
        return tokens - 1 - kept;
    }

    private int token(int example, int place) {
        return order[example * (tokens - 1) + place];
    }

    /** Writes the tokens behind, the fused one apart. */
    public void gather(INDArray x, INDArray out) {
        int[] rows = new int[batch * behind];
        for (int b = 0; b < batch; b++) {
            Arrays.fill(rows, b * behind, (b + 1) * behind, b * tokens);
            for (int i = 0; i < kept; i++) {
                rows[b * behind + 1 + i] += token(b, i);
            }
        }
        Nd4j.pullRows(x, out, 1, rows);
    }

    private int[] left() {
        int[] rows = new int[batch * others()];
        for (int b = 0; b < batch; b++) {
            for (int i = 0; i < others(); i++) {
                rows[b * others() + i] = b * tokens + token(b, kept + i);
            }
        }
        return rows;
    }

    /** Writes the rows that are left out, {@code [batch·others, ...]}. */
    public void left(INDArray x, INDArray out) {
        Nd4j.pullRows(x, out, 1, left());
    }

    /**
     * Writes the weights of what is left out: its scores, 0 for what a mask hides.
     *
     * @param weights {@code [batch, others]}
     */
    public void weights(INDArray scores, @Nullable INDArray mask, INDArray weights) {
        weights.assign(pulled(scores).reshape('c', weights.shape()));
        if (mask != null) {
            weights.muli(pulled(shown(mask, scores.dataType())).reshape('c', weights.shape()));
        }
    }

    private INDArray pulled(INDArray numbers) {
        return Nd4j.pullRows(numbers.dup('c').reshape('c', numbers.length(), 1), 1, left());
    }

    /** Writes the fused tokens. */
    public void fuse(INDArray weights, INDArray left, INDArray out) {
        for (int b = 0; b < batch; b++) {
            Gemm.multiply(rows(weights, b, 1), rows(left, (long) b * others(), others()), fused(out, b));
        }
    }

    private INDArray fused(INDArray out, int example) {
        return rows(out, (long) (example + 1) * behind - 1, 1);
    }

    private static INDArray rows(INDArray array, long from, long count) {
        return array.get(NDArrayIndex.interval(from, from + count), NDArrayIndex.all());
    }

    /**
     * Writes the gradient of the tokens in front.
     *
     * @param weights {@code [batch, others]}; null if the others are gone
     */
    public void backward(@Nullable INDArray weights, INDArray dOut, INDArray dx) {
        int[] places = new int[batch * tokens];
        double[] factors = new double[places.length];
        double[] own = weights == null ? new double[batch * others()] : numbers(weights);
        for (int b = 0; b < batch; b++) {
            places[b * tokens] = b * behind;
            factors[b * tokens] = 1;
            for (int i = 0; i < tokens - 1; i++) {
                int row = b * tokens + token(b, i);
                places[row] = b * behind + (i < kept ? 1 + i : behind - 1);
                factors[row] = i < kept ? 1 : own[b * others() + i - kept];
            }
        }
        Nd4j.pullRows(dOut, dx, 1, places);
        dx.muliColumnVector(Nd4j.createFromArray(factors).castTo(dx.dataType()).reshape('c', factors.length, 1));
    }

    /**
     * Writes the gradient of the scores: 0 but for what was fused.
     *
     * @param left    rows that were left out
     * @param mask    {@code [batch, tokens]}, or null: the scores of what it hides have none
     * @param dScores {@code [batch, tokens]}
     */
    public void scoreGradients(INDArray left, @Nullable INDArray mask, INDArray dOut, INDArray dScores) {
        double[] gradients = new double[batch * tokens];
        INDArray own = Nd4j.createUninitialized(left.dataType(), others(), 1);
        for (int b = 0; b < batch; b++) {
            Gemm.inputGradient(rows(left, (long) b * others(), others()), fused(dOut, b), own, false);
            for (int i = 0; i < others(); i++) {
                gradients[b * tokens + token(b, kept + i)] = own.getDouble(i);
            }
        }
        dScores.assign(
                Nd4j.createFromArray(gradients).castTo(dScores.dataType()).reshape('c', dScores.shape()));
        if (mask != null) {
            dScores.muli(shown(mask, dScores.dataType()));
        }
    }

    /** 1 where a mask is not 0: it may count. */
    public static INDArray shown(INDArray mask, DataType type) {
        return mask.neq(0).castTo(type);
    }
}
