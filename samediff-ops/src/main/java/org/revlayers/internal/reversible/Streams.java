package org.revlayers.internal.reversible;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.memory.ArraySource;
import org.revlayers.reversible.Coefficients;
import org.revlayers.reversible.StreamType;

/**
 * The two streams of one chain in one step: how they are coupled, and taken back. Their arrays are the host's ({@link #set}); subclasses know
 * their arithmetic. Not thread-safe.
 */
public abstract class Streams {

    private final DataType type;
    private INDArray x;
    private INDArray y;

    /** @param type of the streams' arrays */
    Streams(DataType type) {
        this.type = type;
    }

    /**
     * Streams of a chain, without arrays yet.
     *
     * @param type   integers or floating-point numbers
     * @param scale  S of integer streams
     * @param arrays for values in the streams' type while they are added
     */
    public static Streams of(StreamType type, int scale, ArraySource arrays) {
        return type.exact() ? new IntegerStreams(scale) : floating(type.getDataType(), false, arrays);
    }

    /**
     * Floating-point streams of any type.
     *
     * @param watched whether {@link #largest} is asked for, a pass over memory per sub-block
     */
    public static Streams floating(DataType type, boolean watched, ArraySource arrays) {
        return new FloatingStreams(type, watched, arrays);
    }

    /** Of the streams' arrays. */
    public final DataType type() {
        return type;
    }

    /** The newer stream. */
    public final INDArray x() {
        return x;
    }

    /** The older stream. */
    public final INDArray y() {
        return y;
    }

    /** The arrays to work on, or null for none. */
    public final void set(INDArray x, INDArray y) {
        this.x = x;
        this.y = y;
    }

    /** Turns values of the network's type into a stream. */
    public abstract void read(INDArray values, INDArray stream);

    /** Turns a stream into values of the network's type. */
    abstract void write(INDArray stream, INDArray values);

    /** to = β·from; the arrays may be the same. */
    abstract void scale(INDArray from, Coefficients c, INDArray to);

    /**
     * (x, y) → (f + α·x + y, β·x).
     *
     * @param side receives the side bits, or null
     * @param next receives the new x in the network's type, or null
     */
    public abstract void couple(INDArray f, Coefficients c, INDArray side, INDArray next);

    /** First half of the inverse: x of the state before, into y's array and, in the network's type, into {@code value}. */
    public abstract void restoreInput(Coefficients c, INDArray side, INDArray value);

    /** Second half, after {@link #restoreInput}: y of the state before, from f = F(x) computed again. */
    public abstract void restorePrevious(INDArray f, Coefficients c);

    /** Whether x can be read back from an array that it was written to. */
    public abstract boolean isExactIn(INDArray output);

    /** y ← −y in the samples, along the first axis, whose number is negative. */
    public abstract void negate(double... samples);

    /** A number that tells two states apart; 0 for streams that are not exact. */
    public abstract long checksum();

    /** Largest magnitude of a stream so far; infinite if a value did not fit. */
    public abstract double largest();

    /** x = input, y = β·input. */
    public final void begin(INDArray input, Coefficients first) {
        read(input, x);
        scale(x, first, y);
    }

    /** x and y from values of the network's type. */
    public final void load(INDArray newer, INDArray older) {
        read(newer, x);
        read(older, y);
    }

    /** Writes x in the network's type. */
    public final void x(INDArray out) {
        write(x, out);
    }

    /** Writes y in the network's type. */
    public final void y(INDArray out) {
        write(y, out);
    }

    /** The arrays change roles. */
    final void swap() {
        INDArray t = x;
        x = y;
        y = t;
    }

    /**
     * Throws if a value did not fit.
     *
     * @param chain  name of the chain
     * @param where  the part of it that was computed last
     * @param remedy what to do about the range
     */
    public abstract void requireFit(String chain, String where, String remedy);
}
