package org.revlayers.chain;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.keep.Form;
import org.revlayers.internal.keep.Kept;
import org.revlayers.internal.memory.Arena;
import org.revlayers.internal.reversible.Streams;

/**
 * Where the arrays of a chain's streams come from and go to: taken from the arena, kept, handed over and given back.
 *
 * @param streams of one chain in one step
 * @param arena   of the thread that the step runs on
 */
record StreamArrays(Streams streams, Arena arena) {

    /** Gives the streams arrays of their own. */
    void take(long... shape) {
        streams.set(arena.take(streams.type(), shape), arena.take(streams.type(), shape));
    }

    /** Keeps a copy of the state, as {@code x} and {@code y}. */
    void save(Kept kept) {
        INDArray x = streams.x();
        kept.take("x", Form.DENSE, streams.type(), x.shape()).assign(x);
        kept.take("y", Form.DENSE, streams.type(), x.shape()).assign(streams.y());
    }

    /**
     * Hands the end state over to {@code kept}; the streams are empty then.
     *
     * @param output the chain's output if that is x, or null: then x is kept there alone if its values are exact in it
     */
    void end(Kept kept, INDArray output) {
        if (output != null && streams.isExactIn(output)) {
            kept.share("x", output);
            arena.give(streams.x());
        } else {
            kept.adopt("x", Form.DENSE, streams.x());
        }
        kept.adopt("y", Form.DENSE, streams.y());
        streams.set(null, null);
    }

    /**
     * Takes a kept state over.
     *
     * @param output as in {@link #end}
     * @param order  of the streams' images
     */
    void load(Kept kept, INDArray output, ImageOrder order) {
        release();
        INDArray x = kept.detach("x");
        INDArray y = kept.detach("y");
        if (x == output) {
            x = arena.take(streams.type(), y.shape());
            try (Arena.Scratch scratch = arena.scratch()) {
                streams.read(order.inside(output, scratch), x);
            }
        }
        streams.set(x, y);
    }

    /** Gives the memory back. */
    void release() {
        arena.give(streams.x());
        arena.give(streams.y());
        streams.set(null, null);
    }
}
