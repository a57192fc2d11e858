package org.revlayers.op;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.revlayers.backend.GraphPhase;
import org.revlayers.kernel.Kernels;
import org.revlayers.op.base.RevOp;

/** What {@link DropoutReplay} and its backward share: they are the same function. Settings: p; seed and step; always. */
abstract class SeededDropout extends RevOp {

    /** In place of a step: ask the graph. */
    static final long STEP_OF_GRAPH = -1;

    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    SeededDropout() {
        super(1);
    }

    SeededDropout(SDVariable x, double p, long seed, long step, boolean always) {
        super(1, x);
        configure(p, seed, step, always);
    }

    SeededDropout(INDArray x, double p, long seed, long step) {
        super(1, x);
        if (step < 0) {
            throw new IllegalArgumentException("a step is 0 or more, not " + step);
        }
        configure(p, seed, step, true);
    }

    private void configure(double p, long seed, long step, boolean always) {
        if (!(p >= 0 && p < 1)) {
            throw new IllegalArgumentException("p, the probability of dropping, must be in [0, 1); got " + p
                    + ". Stock ND4J's is that of keeping.");
        }
        addTArgument(p);
        addIArgument(seed, step);
        addBArgument(always);
    }

    final double p() {
        return tArguments.get(0);
    }

    final long seed() {
        return iArguments.get(0);
    }

    final boolean always() {
        return bArguments.get(0);
    }

    @Override
    protected final List<LongShapeDescriptor> shapes(List<INDArray> in) {
        return List.of(like(in.get(0)));
    }

    @Override
    protected final List<DataType> types(List<DataType> in) {
        return List.of(in.get(0));
    }

    @Override
    protected final void run(Kernels kernels, INDArray[] in, INDArray[] out) {
        if (p() == 0 || !always() && !GraphPhase.isTraining(sameDiff)) {
            out[0].assign(in[0]);
            return;
        }
        long step = iArguments.get(1) == STEP_OF_GRAPH ? GraphPhase.step(sameDiff) : iArguments.get(1);
        kernels.dropout(in[0], p(), seed() ^ step * GOLDEN, out[0], null);
    }
}
