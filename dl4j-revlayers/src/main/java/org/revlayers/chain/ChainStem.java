package org.revlayers.chain;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.contract.Pass;
import org.revlayers.internal.inner.InnerNetwork;
import org.revlayers.internal.inner.Recomputed;
import org.revlayers.internal.memory.Arena;

/**
 * The layers in front of a chain's streams: nothing of theirs is kept, backward computes them again from the chain's input.
 *
 * @param layers or null if there are none
 * @param pass   the step
 */
record ChainStem(InnerNetwork layers, Pass pass) {

    private static final long PLACE = -1;

    ChainStep.Trace forward(ChainStep step, INDArray input, INDArray out, INDArray output) {
        if (layers == null) {
            return step.forward(input, out, output);
        }
        try (Arena.Scratch scratch = Arena.current().scratch()) {
            INDArray x = scratch.take(input.dataType(), layers.outputShape(input.shape()));
            layers.forward(input, x, pass.of(PLACE));
            return step.forward(x, out, output);
        }
    }

    int backward(ChainStep step, INDArray input, INDArray output, long[] sums, INDArray epsilon, INDArray dInput) {
        if (layers == null) {
            return step.backward(output, sums, epsilon, dInput);
        }
        try (Arena.Scratch scratch = Arena.current().scratch()) {
            INDArray dx = scratch.take(input.dataType(), layers.outputShape(input.shape()));
            int proved = step.backward(output, sums, epsilon, dx);
            new Recomputed(layers).backward(input, null, dx, dInput, pass.of(PLACE), null);
            return proved;
        }
    }
}
