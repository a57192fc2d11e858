package org.revlayers.op;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;

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
 * <p>Input: x of any shape, FLOAT, DOUBLE or HALF. Output: y of x's shape. Kept for backward: nothing. Exact. Give every dropout of a graph
 * a seed of its own: equal seeds give equal masks.
 */
public final class DropoutReplay extends SeededDropout {

    /** The op's name in a saved graph. */
    public static final String NAME = "dropout_replay";

    /** For a graph that is being loaded. */
    public DropoutReplay() {}

    /**
     * In a graph.
     *
     * @param p      probability of dropping, 0 ≤ p &lt; 1
     * @param seed   of this op
     * @param always whether to drop outside training too
     */
    public DropoutReplay(SDVariable x, double p, long seed, boolean always) {
        super(x, p, seed, STEP_OF_GRAPH, always);
    }

    /** For {@code Nd4j.exec}. */
    public DropoutReplay(INDArray x, double p, long seed, long step) {
        super(x, p, seed, step);
    }

    @Override
    public String opName() {
        return NAME;
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        return List.of(new DropoutReplayBp(gradients.get(0), this).outputVariables()[0]);
    }
}
