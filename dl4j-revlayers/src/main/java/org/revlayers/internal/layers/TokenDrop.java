package org.revlayers.internal.layers;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.keep.Form;
import org.revlayers.internal.keep.Prediction;
import org.revlayers.internal.keep.Thinning;
import org.revlayers.internal.kernel.tokens.TokenSelection;
import org.revlayers.internal.kernel.tokens.TokenShare;

/**
 * Leaves out the tokens with the lowest scores, all but the first token considered, and fuses them into one ({@link TokenSelection}). Which tokens stay is chosen
 * once, in forward, and kept: 4 bytes per token.
 *
 * @param share how many stay
 */
public record TokenDrop(TokenShare share) {

    /** The tokens in falling order of their scores. */
    private static final String ORDER = "token_order";

    /** Weights of the others in the fused one. */
    private static final String WEIGHTS = "token_weights";

    /** The others, if backward does not find them elsewhere. */
    private static final String DROPPED = "dropped_tokens";

    /**
     * What is kept, for so many tokens per example.
     *
     * @param found    whether backward finds the tokens elsewhere
     * @param thinning how they are kept if not
     */
    public List<Prediction> predict(long tokens, long features, boolean found, @Nullable Thinning thinning) {
        if (!share.drops(tokens)) {
            return List.of();
        }
        List<Prediction> kept = new ArrayList<>(List.of(new Prediction(ORDER, Form.REBUILT, tokens - 1, Integer.SIZE)));
        if (share.fuse()) {
            kept.add(new Prediction(WEIGHTS, Form.REBUILT, share.others(tokens), Prediction.NETWORK));
            if (!found) {
                kept.addAll(Thinning.predict(thinning, DROPPED, share.others(tokens) * features));
            }
        }
        return kept;
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
        TokenSelection selection = TokenSelection.by(share, scores, mask);
        int[] order = selection.order();
        store.keep().take(ORDER, Form.REBUILT, DataType.INT32, order.length).assign(Nd4j.createFromArray(order));
        selection.gather(x, out);
        if (!share.fuse()) {
            return;
        }
        INDArray weights = store.keep().take(WEIGHTS, Form.REBUILT, x.dataType(), scores.size(0), selection.others());
        selection.weights(scores, mask, weights);
        long others = scores.size(0) * selection.others();
        INDArray left = found
                ? store.scratch().take(x.dataType(), others, x.size(1))
                : store.take(DROPPED, x.dataType(), others, x.size(1));
        selection.left(x, left);
        selection.fuse(weights, left, out);
        if (found) {
            store.scratch().give(left);
        } else {
            store.withMask(null).keep(DROPPED, left); // of the hidden ones the weight is 0
            store.free(left);
        }
    }

    private TokenSelection selection(INDArray rows, ActivationStore store) {
        return TokenSelection.of(
                share, store.batch(), rows.size(0) / store.batch(), store.keep().get(ORDER));
    }

    /**
     * The tokens behind once more, in backward.
     *
     * @param x   as in forward
     * @param out as in forward
     */
    public void replay(INDArray x, INDArray out, ActivationStore store) {
        TokenSelection selection = selection(x, store);
        selection.gather(x, out);
        if (share.fuse()) {
            INDArray left = left(x, selection, store);
            selection.fuse(store.keep().get(WEIGHTS), left, out);
            store.scratch().give(left);
        }
    }

    private static INDArray left(INDArray x, TokenSelection selection, ActivationStore store) {
        INDArray left = store.scratch().take(x.dataType(), store.batch() * selection.others(), x.size(1));
        selection.left(x, left);
        return left;
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
        TokenSelection selection = selection(dx, store);
        selection.backward(store.keep().get(WEIGHTS), dOut, dx);
        if (!share.fuse()) {
            dScores.assign(0);
        } else if (x == null) {
            ActivationStore kept = store.withMask(null);
            INDArray left = kept.recall(DROPPED, dOut.dataType(), store.batch() * selection.others(), dOut.size(1));
            selection.scoreGradients(left, mask, dOut, dScores);
            kept.forget(DROPPED, left);
        } else {
            INDArray left = left(x, selection, store);
            selection.scoreGradients(left, mask, dOut, dScores);
            store.scratch().give(left);
        }
        store.keep().release(ORDER);
        store.keep().release(WEIGHTS);
    }
}
