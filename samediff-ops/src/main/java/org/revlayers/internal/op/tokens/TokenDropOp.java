package org.revlayers.internal.op.tokens;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.backend.StepMemory;
import org.revlayers.internal.kernel.linear.Gemm;
import org.revlayers.internal.kernel.tokens.TokenSelection;
import org.revlayers.internal.kernel.tokens.TokenShare;
import org.revlayers.internal.op.base.RevOp;

/**
 * Leaves out the tokens with the lowest scores, the first one apart, and fuses them into one.
 *
 * <pre>
 *   K = ⌈keep·(N−1)⌉;  y = [x_0, the K tokens of the highest scores in falling order, Σ over the others score_t·x_t]
 *   dx_t = dy of its place, or score_t·dfused;  dscore_t = x_t·dfused of those left out, else 0
 * </pre>
 *
 * <p>Inputs: x {@code [mb, N, features]}, FLOAT, DOUBLE or HALF; scores {@code [mb, N]} of its type; perhaps a mask {@code [mb, N]} of its type, 0 hides a
 * token: left out first, weight 0. Outputs: y {@code [mb, 1 + K (+ 1 if fused), features]}, or x itself where that would be as many tokens; the tokens behind the
 * first in falling order of their scores, INT32 {@code [mb, N−1]}, equal ones by their index. Settings: keep, fuse. Kept for backward: the order, 4 bytes per token,
 * x and the scores. Exact; the choice has no gradient. Source: EViT (arXiv 2202.07800), BSR (arXiv 2405.10951).
 */
public final class TokenDropOp extends RevOp {

    /** For a graph that is being loaded. */
    public TokenDropOp() {
        super("token_drop", 2);
    }

    /**
     * That is in no graph yet.
     *
     * @throws IllegalArgumentException unless 0 &lt; keep ≤ 1
     */
    public TokenDropOp(double keep, boolean fuse) {
        this();
        if (!(keep > 0 && keep <= 1)) {
            throw new IllegalArgumentException("the part of tokens to keep is in (0, 1]; got " + keep);
        }
        addTArgument(keep);
        addBArgument(fuse);
    }

    private static TokenShare share(RevOp op) {
        return new TokenShare(op.tArgs()[0], op.bArgs()[0]);
    }

    private static void check(RevOp op, INDArray x, INDArray scores, @Nullable INDArray mask) {
        boolean fits = x.rank() == 3 && isOfTokens(scores, x) && (mask == null || isOfTokens(mask, x));
        if (!fits) {
            throw new IllegalArgumentException(op.opName()
                    + " reads tokens [mb, N, features] and scores [mb, N], and a mask of the same shape, if any, all of one type; got "
                    + x.shapeInfoToString() + " and " + scores.shapeInfoToString()
                    + (mask == null ? "" : " and " + mask.shapeInfoToString()));
        }
    }

    private static boolean isOfTokens(INDArray array, INDArray x) {
        return array.rank() == 2
                && array.size(0) == x.size(0)
                && array.size(1) == x.size(1)
                && array.dataType() == x.dataType();
    }

    @Override
    protected List<LongShapeDescriptor> shapes(List<INDArray> in) {
        INDArray x = in.get(0);
        check(this, x, in.get(1), in.size() > 2 ? in.get(2) : null);
        return List.of(
                shape(x.dataType(), x.size(0), share(this).behind(x.size(1)), x.size(2)),
                shape(DataType.INT32, x.size(0), Math.max(1, x.size(1) - 1)));
    }

    @Override
    protected List<DataType> types(List<DataType> in) {
        return List.of(in.get(0), DataType.INT32);
    }

    @Override
    protected void run(INDArray[] in, INDArray[] out) {
        INDArray x = in[0];
        INDArray mask = in.length > 2 ? in[2] : null;
        TokenShare share = share(this);
        if (!share.drops(x.size(1))) {
            out[0].assign(x);
            out[1].assign(0);
            return;
        }
        TokenSelection selection = TokenSelection.by(share, in[1], mask);
        out[1].assign(Nd4j.createFromArray(selection.order()).reshape('c', out[1].shape()));
        selection.gather(Gemm.rows(x), Gemm.rows(out[0]));
        if (share.fuse()) {
            try (StepMemory memory = StepMemory.open()) {
                INDArray weights = memory.take(x.dataType(), x.size(0), selection.others());
                INDArray left = memory.take(x.dataType(), x.size(0) * selection.others(), x.size(2));
                selection.weights(in[1], mask, weights);
                selection.left(Gemm.rows(x), left);
                selection.fuse(weights, left, Gemm.rows(out[0]));
            }
        }
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        SDVariable mask = args().length > 2 ? arg(2) : null;
        SDVariable[] d = withArguments(this, new Bp()).of(arg(0), arg(1), outputVariables()[1], gradients.get(0), mask);
        return mask == null ? List.of(d[0], d[1]) : List.of(d[0], d[1], sameDiff.zerosLike(mask));
    }

    /** Inputs: x; scores; the order; gradient of y; the mask, if there is one. Outputs: gradients of x and of the scores. */
    public static final class Bp extends RevOp {

        /** For a graph that is being loaded. */
        public Bp() {
            super("token_drop_bp", 2);
        }

        @Override
        protected List<LongShapeDescriptor> shapes(List<INDArray> in) {
            return List.of(like(in.get(0)), like(in.get(1)));
        }

        @Override
        protected List<DataType> types(List<DataType> in) {
            return List.of(in.get(0), in.get(1));
        }

        @Override
        protected void run(INDArray[] in, INDArray[] out) {
            INDArray x = in[0];
            INDArray mask = in.length > 4 ? in[4] : null;
            TokenShare share = share(this);
            out[1].assign(0);
            if (!share.drops(x.size(1))) {
                out[0].assign(in[3]);
                return;
            }
            TokenSelection selection = TokenSelection.of(share, x.size(0), x.size(1), in[2]);
            INDArray dOut = Gemm.rows(in[3]);
            if (!share.fuse()) {
                selection.backward(null, dOut, Gemm.rows(out[0]));
                return;
            }
            try (StepMemory memory = StepMemory.open()) {
                INDArray weights = memory.take(x.dataType(), x.size(0), selection.others());
                INDArray left = memory.take(x.dataType(), x.size(0) * selection.others(), x.size(2));
                selection.weights(in[1], mask, weights);
                selection.backward(weights, dOut, Gemm.rows(out[0]));
                selection.left(Gemm.rows(x), left);
                selection.scoreGradients(left, mask, dOut, out[1]);
            }
        }
    }
}
