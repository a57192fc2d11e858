package org.revlayers.internal.op.dropout;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.backend.GraphPhase;
import org.revlayers.internal.kernel.activation.ActivationKernels;
import org.revlayers.internal.op.base.LikeInput;

/**
 * Inverted dropout whose mask is a function of its seed and the training step, so that nothing is kept and any pass can be replayed.
 *
 * <pre>
 *   y  = x/(1 − p) where element k is kept by Philox-4x32-10 with key seed ⊕ step·0x9E3779B97F4A7C15, else 0
 *   dx = the same function of dy
 * </pre>
 *
 * <p>In a graph, the step is the training configuration's iteration count (saved with the graph: training that goes on after a save draws
 * the masks that it would have drawn), or 0 without one
 * ({@code calculateGradients} before the first step of training has none). Outside training ({@code SameDiff.output}) the op is the identity, unless it was
 * made {@code always} active. Through {@code Nd4j.exec} the step is an argument and the op is always active.
 *
 * <p>Input: x of any shape, FLOAT, DOUBLE or HALF. Output: y of x's shape. Settings: p; seed and step; always. Kept for backward: nothing. Exact. Give
 * every dropout of a graph a seed of its own: equal seeds give equal masks.
 */
public abstract class DropoutReplay extends LikeInput {

    /** In place of a step: ask the graph. */
    private static final long STEP_OF_GRAPH = -1;

    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private DropoutReplay(String name) {
        super(name);
    }

    /**
     * For a graph.
     *
     * @param p      probability of dropping, 0 ≤ p &lt; 1
     * @param seed   of this op
     * @param always whether to drop outside training too
     */
    public static DropoutReplay inGraph(double p, long seed, boolean always) {
        return set(new Forward(), p, seed, STEP_OF_GRAPH, always);
    }

    /** For {@code Nd4j.exec}: active, in a step that is 0 or more. */
    public static DropoutReplay at(long step, double p, long seed) {
        if (step < 0) {
            throw new IllegalArgumentException("a step is 0 or more, not " + step);
        }
        return set(new Forward(), p, seed, step, true);
    }

    /** The same settings for the gradient: the same mask and scale, drawn again, on dy. */
    public final DropoutReplay backward() {
        return set(new Bp(), tArguments.get(0), iArguments.get(0), iArguments.get(1), always());
    }

    private static DropoutReplay set(DropoutReplay op, double p, long seed, long step, boolean always) {
        if (!(p >= 0 && p < 1)) {
            throw new IllegalArgumentException("p, the probability of dropping, must be in [0, 1); got " + p
                    + ". Stock ND4J's is that of keeping.");
        }
        op.addTArgument(p);
        op.addIArgument(seed, step);
        op.addBArgument(always);
        return op;
    }

    private boolean always() {
        return bArguments.get(0);
    }

    @Override
    protected final void run(INDArray[] in, INDArray[] out) {
        double p = tArguments.get(0);
        if (p == 0 || !always() && !GraphPhase.isTraining(sameDiff)) {
            out[0].assign(in[0]);
            return;
        }
        long step = iArguments.get(1) == STEP_OF_GRAPH ? GraphPhase.step(sameDiff) : iArguments.get(1);
        ActivationKernels.get().dropout(in[0], p, iArguments.get(0) ^ step * GOLDEN, out[0], null);
    }

    @Override
    public final List<SDVariable> doDiff(List<SDVariable> gradients) {
        return List.of(backward().of(gradients.get(0)));
    }

    /** {@code dropout_replay}. */
    public static final class Forward extends DropoutReplay {
        public Forward() {
            super("dropout_replay");
        }
    }

    /** {@code dropout_replay_bp}. Input: dy. Output: dx. */
    public static final class Bp extends DropoutReplay {
        public Bp() {
            super("dropout_replay_bp");
        }
    }
}
