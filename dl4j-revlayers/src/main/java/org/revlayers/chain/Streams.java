package org.revlayers.chain;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.keep.Form;
import org.revlayers.keep.Kept;
import org.revlayers.memory.Arena;
import org.revlayers.reversible.Coefficients;

/**
 * The two streams of one chain in one step: how they are coupled, and taken back. This class owns their arrays; subclasses know their
 * arithmetic. Not thread-safe.
 */
abstract class Streams {

    /** Of the thread that the step runs on. */
    final Arena arena = Arena.current();

    private final DataType type;

    /** The newer stream. */
    INDArray x;

    /** The older stream. */
    INDArray y;

    /** @param type of the streams' arrays */
    Streams(DataType type) {
        this.type = type;
    }

    /** Turns values of the network's type into a stream. */
    abstract void read(INDArray values, INDArray stream);

    /** Turns a stream into values of the network's type. */
    abstract void write(INDArray stream, INDArray values);

    /** to = β·from; the arrays may be the same. */
    abstract void scale(INDArray from, Coefficients c, INDArray to);

    /**
     * (x, y) → (f + α·x + y, β·x).
     *
     * @param side receives the side bits, or null
     * @param next receives the new x in the network's type
     */
    abstract void couple(INDArray f, Coefficients c, INDArray side, INDArray next);

    /** First half of the inverse: x of the state before, into y's array and, in the network's type, into {@code value}. */
    abstract void restoreInput(Coefficients c, INDArray side, INDArray value);

    /** Second half, after {@link #restoreInput}: y of the state before, from f = F(x) computed again. */
    abstract void restorePrevious(INDArray f, Coefficients c);

    /** Whether x can be read back from an array that it was written to. */
    abstract boolean isExactIn(INDArray output);

    /** A number that tells two states apart; 0 for streams that are not exact. */
    abstract long checksum();

    /** Largest magnitude of a stream so far; infinite if a value did not fit. */
    abstract double largest();

    /** Starts both streams. For SPLIT, {@code input} and {@code other} are the halves; else other is null and y starts as β·x. */
    final void begin(INDArray input, INDArray other, Coefficients first) {
        x = arena.take(type, input.shape());
        y = arena.take(type, input.shape());
        read(input, x);
        if (other != null) {
            read(other, y);
        } else {
            scale(x, first, y);
        }
    }

    /** Writes x in the network's type. */
    final void x(INDArray out) {
        write(x, out);
    }

    /** Writes y in the network's type. */
    final void y(INDArray out) {
        write(y, out);
    }

    /** The arrays change roles. */
    final void swap() {
        INDArray t = x;
        x = y;
        y = t;
    }

    /** Keeps a copy of the state, as {@code x} and {@code y}. */
    final void save(Kept kept) {
        kept.take("x", Form.DENSE, type, x.shape()).assign(x);
        kept.take("y", Form.DENSE, type, y.shape()).assign(y);
    }

    /**
     * Hands the end state over to {@code kept}; the streams are empty then.
     *
     * @param output the chain's output if that is x, or null: then x is kept there alone if its values are exact in it
     */
    final void end(Kept kept, INDArray output) {
        if (output != null && isExactIn(output)) {
            kept.share("x", output);
            arena.give(x);
        } else {
            kept.adopt("x", Form.DENSE, x);
        }
        kept.adopt("y", Form.DENSE, y);
        x = null;
        y = null;
    }

    /**
     * Takes a kept state over.
     *
     * @param output as in {@link #end}
     */
    final void load(Kept kept, INDArray output) {
        release();
        x = kept.detach("x");
        y = kept.detach("y");
        if (x == output) {
            x = arena.take(type, output.shape());
            read(output, x);
        }
    }

    /** Gives the memory back. */
    final void release() {
        arena.give(x);
        arena.give(y);
        x = null;
        y = null;
    }
}
