package org.revlayers.chain;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.memory.Kept;

/** The two streams of one chain in one step: how they are coupled, and taken back. Not thread-safe. */
interface Streams {

    /** Starts both streams. For SPLIT, {@code x} and {@code y} are the halves; else y is null and starts as β·x or, for β = 0, as 0. */
    void begin(INDArray x, INDArray y, Coefficients first);

    /** Writes x in the network's type. */
    void x(INDArray out);

    /** Writes y in the network's type. */
    void y(INDArray out);

    /**
     * (x, y) → (f + α·x + y, β·x).
     *
     * @param side receives the side bits, or null
     * @param next receives the new x in the network's type
     */
    void couple(INDArray f, Coefficients c, INDArray side, INDArray next);

    /** First half of the inverse: x of the state before, into {@code x}. */
    void restoreInput(Coefficients c, INDArray side, INDArray x);

    /** Second half: y of the state before, from f = F(x) computed again; {@code x} is what {@link #restoreInput} wrote. */
    void restorePrevious(INDArray f, Coefficients c, INDArray x);

    /** Keeps a copy of the state, as {@code x} and {@code y}. */
    void save(Kept kept);

    /**
     * Hands the end state over to {@code kept}; the streams are empty then.
     *
     * @param output the chain's output if that is x, or null: then x is kept there alone if its values are exact in it
     */
    void end(Kept kept, INDArray output);

    /**
     * Takes a kept state over.
     *
     * @param output as in {@link #end}
     */
    void load(Kept kept, INDArray output);

    /** A number that tells two states apart. */
    long checksum();

    /** Largest magnitude of a stream so far; infinite if a value did not fit. */
    double largest();

    /** Gives the memory back. */
    void release();
}
