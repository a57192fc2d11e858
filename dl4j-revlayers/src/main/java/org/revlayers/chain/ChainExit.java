package org.revlayers.chain;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.contract.Pass;
import org.revlayers.internal.inner.InnerNetwork;
import org.revlayers.internal.inner.Recomputed;
import org.revlayers.internal.keep.Form;
import org.revlayers.internal.keep.Kept;
import org.revlayers.internal.memory.Arena;
import org.revlayers.internal.reversible.Streams;

/**
 * How the streams become the output: they are merged, and the chain's exit layers, if there are any, run on the merged array. The exit is
 * computed again in backward.
 *
 * @param ends of the streams
 * @param exit the layers, or null
 * @param pass of the exit in this step
 */
record ChainExit(ChainEnds ends, InnerNetwork exit, Pass pass) {

    private static final String INPUT = "input";

    /**
     * Writes the output.
     *
     * @param stream shape of one stream
     * @param kept   takes the merged array, or null if backward can merge the streams again
     */
    void forward(Streams streams, INDArray out, long[] stream, Kept kept) {
        Arena arena = Arena.current();
        try (Arena.Scratch scratch = arena.scratch()) {
            if (exit == null) {
                ends.merge(streams, out, scratch);
                return;
            }
            long[] shape = ends.mergedShape(stream);
            INDArray merged = kept == null
                    ? scratch.take(out.dataType(), shape)
                    : kept.part("exit").take(INPUT, Form.DENSE, out.dataType(), shape);
            ends.merge(streams, merged, scratch);
            exit.forward(merged, out, pass);
        }
    }

    /**
     * The gradient of the merged array.
     *
     * @return epsilon itself, or a scratch array
     */
    INDArray backward(Streams streams, INDArray epsilon, long[] stream, Kept kept, Arena.Scratch scratch) {
        if (exit == null) {
            return epsilon;
        }
        INDArray d = scratch.take(epsilon.dataType(), ends.mergedShape(stream));
        try (Arena.Scratch own = Arena.current().scratch()) {
            new Recomputed(exit).backward(merged(streams, d, kept, own), null, epsilon, d, pass, null);
        } finally {
            kept.part("exit").clear();
        }
        return d;
    }

    /** Writes the output again, of an exit with as many elements as it reads. */
    void again(Streams streams, INDArray out, Kept kept) {
        try (Arena.Scratch scratch = Arena.current().scratch()) {
            exit.forward(merged(streams, out, kept, scratch), out, pass);
        }
    }

    /** The merged array, kept or made of the streams again, of the type and shape of another one. */
    private INDArray merged(Streams streams, INDArray like, Kept kept, Arena.Scratch scratch) {
        INDArray merged = kept.part("exit").get(INPUT);
        if (merged == null) {
            merged = scratch.take(like.dataType(), like.shape());
            ends.merge(streams, merged, scratch);
        }
        return merged;
    }
}
