package org.revlayers.internal.layers;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.revlayers.internal.keep.Form;
import org.revlayers.internal.keep.Kept;
import org.revlayers.internal.keep.Prediction;
import org.revlayers.internal.keep.Thinning;
import org.revlayers.internal.kernel.linear.Gemm;

/**
 * Leaves out the tokens with the lowest scores, all but the first token considered, and fuses them into one:
 *
 * <pre>
 *   K = ⌈keep·(N−1)⌉;  out = [x_0, the K tokens of the highest scores in falling order, Σ over the others score_t·x_t]
 *   dx_t = dout of its place;  of those left out dx_t = score_t·dfused,  dscore_t = x_t·dfused
 * </pre>
 *
 * <p>Equal scores: the lower index first. Tokens that a mask hides are left out first, and have weight 0 in the fused one. Which tokens stay is chosen once, in
 * forward, and kept: 4 bytes per token. Nothing is left out where as many tokens would be behind it. Source: EViT (arXiv 2202.07800), BSR (arXiv 2405.10951).
 *
 * @param keep part of the tokens behind the first one that stay, in (0, 1]
 * @param fuse whether the others become one token; gone if not
 */
public record TokenDrop(double keep, boolean fuse) {

    /** The tokens in falling order of their scores. */
    private static final String ORDER = "token_order";

    /** Weights of the others in the fused one. */
    private static final String WEIGHTS = "token_weights";

    /** The others, if backward does not find them elsewhere. */
    private static final String DROPPED = "dropped_tokens";

    private int kept(long tokens) {
        return (int) Math.ceil(keep * (tokens - 1));
    }

    private long others(long tokens) {
        return tokens - 1 - kept(tokens);
    }

    /** How many tokens there are behind so many; at least one, an unknown number is as unknown behind. */
    public long behind(long tokens) {
        return tokens < 1 ? tokens : Math.min(tokens, 1 + kept(tokens) + (fuse ? 1 : 0));
    }

    /** Whether any of so many tokens is left out. */
    public boolean drops(long tokens) {
        return behind(tokens) < tokens;
    }

    /**
     * What is kept, for so many tokens per example.
     *
     * @param found    whether backward finds the tokens elsewhere
     * @param thinning how they are kept if not
     */
    public List<Prediction> predict(long tokens, long features, boolean found, @Nullable Thinning thinning) {
        if (!drops(tokens)) {
            return List.of();
        }
        List<Prediction> kept = new ArrayList<>(List.of(
                new Prediction(ORDER, Form.REBUILT, tokens - 1, Integer.SIZE),
                new Prediction(WEIGHTS, Form.REBUILT, others(tokens), Prediction.NETWORK)));
        if (fuse && !found) {
            kept.addAll(Thinning.predict(thinning, DROPPED, others(tokens) * features));
        }
        return kept;
    }

    /** Which tokens of a batch stay, and where they are behind. */
    private final class Places {
        private final int batch;
        private final int tokens;
        private final int kept;
        private final int behind;
        private final int[] order;

        /** @param order of the tokens but the first, example by example */
        Places(long batch, long tokens, int... order) {
            this.batch = (int) batch;
            this.tokens = (int) tokens;
            this.kept = kept(tokens);
            this.behind = (int) behind(tokens);
            this.order = order;
        }

        int token(int example, int place) {
            return order[example * (tokens - 1) + place];
        }

        int others() {
            return tokens - 1 - kept;
        }

        /** Rows in front that the rows behind are; the first one's for the fused token. */
        int[] rows() {
            int[] rows = new int[batch * behind];
            for (int b = 0; b < batch; b++) {
                Arrays.fill(rows, b * behind, (b + 1) * behind, b * tokens);
                for (int i = 0; i < kept; i++) {
                    rows[b * behind + 1 + i] += token(b, i);
                }
            }
            return rows;
        }

        /** Rows in front that are left out. */
        int[] left() {
            int[] rows = new int[batch * others()];
            for (int b = 0; b < batch; b++) {
                for (int i = 0; i < others(); i++) {
                    rows[b * others() + i] = b * tokens + token(b, kept + i);
                }
            }
            return rows;
        }

        /** Rows behind that the rows in front went to; the last one's for those that are left out. */
        int[] places() {
            int[] places = new int[batch * tokens];
            for (int b = 0; b < batch; b++) {
                places[b * tokens] = b * behind;
                for (int i = 0; i < tokens - 1; i++) {
                    places[b * tokens + token(b, i)] = b * behind + (i < kept ? 1 + i : behind - 1);
                }
            }
            return places;
        }
    }

    private static int[] order(INDArray scores, @Nullable INDArray mask) {
        int batch = (int) scores.size(0);
        int tokens = (int) scores.size(1);
        double[] values = scores.castTo(DataType.DOUBLE).dup('c').data().asDouble();
        double[] shown = mask == null
                ? null
                : mask.castTo(DataType.DOUBLE).dup('c').data().asDouble();
        int[] order = new int[batch * (tokens - 1)];
        for (int b = 0; b < batch; b++) {
            int from = b * tokens;
            int[] own = IntStream.range(1, tokens)
                    .boxed()
                    .sorted(Comparator.comparingDouble(
                            t -> shown != null && shown[from + t] == 0 ? Double.POSITIVE_INFINITY : -values[from + t]))
                    .mapToInt(t -> t)
                    .toArray();
            System.arraycopy(own, 0, order, b * (tokens - 1), tokens - 1);
        }
        return order;
    }

    /**
     * Writes the tokens behind.
     *
     * @param x      {@code [mb·tokens, features]}
     * @param scores {@code [mb, tokens]}
     * @param mask   {@code [mb, tokens]}, or null
     * @param found  whether backward finds x elsewhere; what is left out is kept here if not
     * @param out    {@code [mb·behind(tokens), features]}
     */
    public void forward(
            INDArray x, INDArray scores, @Nullable INDArray mask, boolean found, INDArray out, ActivationStore store) {
        int[] order = order(scores, mask);
        Places places = new Places(scores.size(0), scores.size(1), order);
        store.keep().take(ORDER, Form.REBUILT, DataType.INT32, order.length).assign(Nd4j.createFromArray(order));
        Nd4j.pullRows(x, out, 1, places.rows());
        INDArray weights = store.keep().take(WEIGHTS, Form.REBUILT, x.dataType(), places.batch, places.others());
        if (!fuse) {
            weights.assign(0);
            return;
        }
        INDArray flat = scores.dup('c').reshape('c', scores.length(), 1);
        weights.assign(Nd4j.pullRows(flat, 1, places.left()).reshape('c', weights.shape()));
        if (mask != null) {
            INDArray shown = mask.castTo(x.dataType()).dup('c').reshape('c', mask.length(), 1);
            weights.muli(Nd4j.pullRows(shown, 1, places.left()).reshape('c', weights.shape()));
        }
        long others = (long) places.batch * places.others();
        INDArray left = found
                ? store.scratch().take(x.dataType(), others, x.size(1))
                : store.take(DROPPED, x.dataType(), others, x.size(1));
        Nd4j.pullRows(x, left, 1, places.left());
        fuse(places, weights, left, out);
        if (found) {
            store.scratch().give(left);
        } else {
            store.withMask(null).keep(DROPPED, left); // of the hidden ones the weight is 0
            store.free(left);
        }
    }

    private static void fuse(Places places, INDArray weights, INDArray left, INDArray out) {
        for (int b = 0; b < places.batch; b++) {
            Gemm.multiply(
                    row(weights, b), rows(left, (long) b * places.others(), places.others()), fused(out, places, b));
        }
    }

    private static INDArray row(INDArray array, long row) {
        return rows(array, row, 1);
    }

    private static INDArray rows(INDArray array, long from, long count) {
        return array.get(NDArrayIndex.interval(from, from + count), NDArrayIndex.all());
    }

    private static INDArray fused(INDArray out, Places places, int example) {
        return row(out, (long) (example + 1) * places.behind - 1);
    }

    private Places places(Kept keep, long batch, long tokens) {
        return new Places(batch, tokens, keep.get(ORDER).data().asInt());
    }

    /**
     * The tokens behind once more, in backward.
     *
     * @param x   as in forward
     * @param out as in forward
     */
    public void replay(INDArray x, INDArray out, ActivationStore store) {
        Places places = places(store.keep(), store.batch(), x.size(0) / store.batch());
        Nd4j.pullRows(x, out, 1, places.rows());
        if (fuse) {
            INDArray left = store.scratch().take(x.dataType(), (long) places.batch * places.others(), x.size(1));
            Nd4j.pullRows(x, left, 1, places.left());
            fuse(places, store.keep().get(WEIGHTS), left, out);
            store.scratch().give(left);
        }
    }

    /**
     * Writes the gradients of the tokens in front and of their scores; gives back what forward kept.
     *
     * @param x       of forward, if backward found it; null if forward kept what is needed of it
     * @param mask    {@code [mb, tokens]}, or null: the scores of hidden tokens have no gradient
     * @param dOut    gradient of the tokens behind
     * @param dx      {@code [mb·tokens, features]}, receives the gradient
     * @param dScores {@code [mb, tokens]}, receives that of the scores
     */
    public void backward(
            @Nullable INDArray x,
            @Nullable INDArray mask,
            INDArray dOut,
            INDArray dx,
            INDArray dScores,
            ActivationStore store) {
        Places places = places(store.keep(), store.batch(), dx.size(0) / store.batch());
        INDArray weights = store.keep().get(WEIGHTS);
        Nd4j.pullRows(dOut, dx, 1, places.places());
        dScores.assign(0);
        double[] factors = new double[places.batch * places.tokens];
        Arrays.fill(factors, 1);
        double[] own = weights.castTo(DataType.DOUBLE).dup('c').data().asDouble();
        int[] rows = places.left();
        for (int i = 0; i < rows.length; i++) {
            factors[rows[i]] = own[i];
        }
        dx.muliColumnVector(Nd4j.createFromArray(factors).castTo(dx.dataType()).reshape('c', factors.length, 1));
        if (fuse) {
            scoreGradients(x, mask, dOut, dScores, places, store);
        }
        store.keep().release(ORDER);
        store.keep().release(WEIGHTS);
    }

    private void scoreGradients(
            @Nullable INDArray x,
            @Nullable INDArray mask,
            INDArray dOut,
            INDArray dScores,
            Places places,
            ActivationStore store) {
        long others = (long) places.batch * places.others();
        INDArray left = x == null
                ? store.withMask(null).recall(DROPPED, dOut.dataType(), others, dOut.size(1))
                : Nd4j.pullRows(x, store.scratch().take(x.dataType(), others, x.size(1)), 1, places.left());
        int[] rows = places.left();
        INDArray gradients = store.scratch().take(dOut.dataType(), places.others(), 1);
        for (int b = 0; b < places.batch; b++) {
            Gemm.inputGradient(
                    rows(left, (long) b * places.others(), places.others()), fused(dOut, places, b), gradients, false);
            for (int i = 0; i < places.others(); i++) {
                int row = rows[b * places.others() + i];
                dScores.putScalar(b, row - (long) b * places.tokens, gradients.getDouble(i));
            }
        }
        if (mask != null) {
            dScores.muli(mask.castTo(dScores.dataType()));
        }
        store.scratch().give(gradients);
        if (x == null) {
            store.forget(DROPPED, left);
        } else {
            store.scratch().give(left);
        }
    }

    /**
     * The mask of the tokens behind: those that are shown come first.
     *
     * @param mask {@code [mb, tokens]}, or null
     */
    public @Nullable INDArray mask(@Nullable INDArray mask) {
        if (mask == null || !drops(mask.size(1))) {
            return mask;
        }
        int kept = kept(mask.size(1));
        INDArray behind = Nd4j.zeros(mask.dataType(), mask.size(0), behind(mask.size(1)));
        for (int b = 0; b < mask.size(0); b++) {
            behind.putScalar(b, 0, mask.getDouble(b, 0));
            long shown = (long) mask.get(NDArrayIndex.point(b), NDArrayIndex.interval(1, mask.size(1)))
                    .sumNumber()
                    .doubleValue();
            for (int i = 0; i < Math.min(kept, shown); i++) {
                behind.putScalar(b, 1 + i, 1);
            }
            if (fuse && shown > kept) {
                behind.putScalar(b, behind.size(1) - 1, 1);
            }
        }
        return behind;
    }
}
