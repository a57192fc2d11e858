package org.revlayers.internal.keep;

import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.tokens.TokenSelection;
import org.revlayers.internal.memory.Arena;

/**
 * How an array between two layers of a container gets from forward to backward: not at all, as it is, or thinned. Stateless.
 *
 * <p>Forward asks for {@link #room}, writes the array, calls {@link #ready} before its reader runs and {@link #settle} afterwards; backward
 * asks for what is left of it with {@link #restore}, hands it back with {@link #give}, and calls {@link #release} when nobody needs it any more.
 */
public interface Keeper {

    /** For arrays that backward does not read: nothing is kept. */
    Keeper NOTHING = new Keeper() {
        @Override
        public Keeper and(Keeper other) {
            return other;
        }

        @Override
        public String toString() {
            return "nothing";
        }
    };

    /** The array itself: as many bytes as it has, exact gradients. */
    Keeper DENSE = new Dense();

    /** Its largest values: see {@link Thinning} for bytes and for what becomes approximate. */
    static Keeper thinned(Thinning thinning) {
        return new Thinned(thinning, true);
    }

    /** An uninitialised array for forward to write to. */
    default INDArray room(String name, DataType type, long[] shape, Kept keep, Arena.Scratch scratch) {
        return scratch.take(type, shape);
    }

    /** Makes it what its reader is to read in forward: {@link Thinning#forward}. */
    default void ready(String name, INDArray x, INDArray mask, Kept keep) {}

    /**
     * Keeps what backward will need of it, under this name, and gives the rest back.
     *
     * @param mask of the input, or null: what belongs to hidden tokens does not count when an example is thinned
     */
    default void settle(String name, INDArray x, INDArray mask, Kept keep, Arena.Scratch scratch) {
        scratch.give(x);
    }

    /** The array as backward reads it; null if it was not kept. */
    default INDArray restore(String name, DataType type, long[] shape, Kept keep, Arena.Scratch scratch) {
        return null;
    }

    /** Takes back what {@link #restore} gave. */
    default void give(INDArray restored, Arena.Scratch scratch) {}

    /** Gives back what is still kept. */
    default void release(String name, Kept keep) {}

    /** What {@link #settle} leaves behind, for so many elements per example. */
    default List<Prediction> predict(String name, long elements) {
        return List.of();
    }

    /** The same for an array that others read in forward, too: nothing of it is changed. */
    default Keeper forBackward() {
        return this;
    }

    /** The same for a reader that also wants what belongs to hidden tokens, or has them on another axis. */
    default Keeper unmasked() {
        return this;
    }

    /** One copy that serves two readers: it is as exact as either needs it. */
    Keeper and(Keeper other);

    /** See {@link #DENSE}. */
    final class Dense implements Keeper {

        private Dense() {}

        @Override
        public INDArray room(String name, DataType type, long[] shape, Kept keep, Arena.Scratch scratch) {
            return keep.take(name, Form.DENSE, type, shape);
        }

        @Override
        public void settle(String name, INDArray x, INDArray mask, Kept keep, Arena.Scratch scratch) {
            // it lies where it is kept
        }

        @Override
        public INDArray restore(String name, DataType type, long[] shape, Kept keep, Arena.Scratch scratch) {
            return keep.get(name);
        }

        @Override
        public void release(String name, Kept keep) {
            keep.release(name);
        }

        @Override
        public List<Prediction> predict(String name, long elements) {
            return List.of(Prediction.dense(name, elements));
        }

        @Override
        public Keeper and(Keeper other) {
            return this;
        }

        @Override
        public String toString() {
            return "dense";
        }
    }

    /**
     * See {@link #thinned}.
     *
     * @param thinning what stays
     * @param hides    whether what belongs to hidden tokens of {@code [mb, tokens, features]} is dropped first
     */
    record Thinned(Thinning thinning, boolean hides) implements Keeper {

        @Override
        public void ready(String name, INDArray x, INDArray mask, Kept keep) {
            if (thinning.forward()) {
                thin(name, x, mask, keep);
                thinning.restore(name, keep, x);
            }
        }

        @Override
        public void settle(String name, INDArray x, INDArray mask, Kept keep, Arena.Scratch scratch) {
            if (!thinning.forward()) {
                thin(name, x, mask, keep);
            }
            scratch.give(x);
        }

        private void thin(String name, INDArray x, INDArray mask, Kept keep) {
            if (hides && mask != null && x.rank() == 3 && mask.rank() == 2 && mask.size(1) == x.size(1)) {
                x.muli(TokenSelection.shown(mask, x.dataType()).reshape('c', mask.size(0), mask.size(1), 1));
            }
            thinning.keep(name, x, keep);
        }

        /** The compressed form goes back at once: nobody reads it twice. */
        @Override
        public INDArray restore(String name, DataType type, long[] shape, Kept keep, Arena.Scratch scratch) {
            INDArray x = scratch.take(type, shape);
            thinning.restore(name, keep, x);
            release(name, keep);
            return x;
        }

        @Override
        public void give(INDArray restored, Arena.Scratch scratch) {
            scratch.give(restored);
        }

        @Override
        public void release(String name, Kept keep) {
            thinning.release(name, keep);
        }

        @Override
        public List<Prediction> predict(String name, long elements) {
            return thinning.predict(name, elements);
        }

        @Override
        public Keeper forBackward() {
            return new Thinned(thinning.forBackward(), hides);
        }

        @Override
        public Keeper unmasked() {
            return new Thinned(thinning, false);
        }

        @Override
        public Keeper and(Keeper other) {
            if (!(other instanceof Thinned thinned)) {
                return other == NOTHING ? this : other;
            }
            return new Thinned(thinning.and(thinned.thinning), hides && thinned.hides);
        }
    }
}
