package org.revlayers.op;

import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Backward of {@link DropoutReplay}: the same mask and scale, drawn again, on dy. Input: dy. Output: dx. */
public final class DropoutReplayBp extends SeededDropout {

    /** The op's name in a saved graph. */
    public static final String NAME = "dropout_replay_bp";

    /** For a graph that is being loaded. */
    public DropoutReplayBp() {}

    DropoutReplayBp(SDVariable dy, SeededDropout forward) {
        super(dy, forward.p(), forward.seed(), STEP_OF_GRAPH, forward.always());
    }

    /** For {@code Nd4j.exec}. */
    public DropoutReplayBp(INDArray dy, double p, long seed, long step) {
        super(dy, p, seed, step);
    }

    @Override
    public String opName() {
        return NAME;
    }
}
