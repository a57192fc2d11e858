package org.revlayers.keep;

import org.jspecify.annotations.Nullable;

/** What must hold of a {@link Memory}. */
final class MemoryCheck {

    /** Of a stream's scale. */
    private static final int MOST_BITS = 30;

    private MemoryCheck() {}

    /** The value, unless it is null. */
    static <T> T given(@Nullable T value, String what, String remedy) {
        if (value == null) {
            throw new IllegalArgumentException(what + " is null: give " + remedy);
        }
        return value;
    }

    /** Throws unless the one can say what lives inside the other's units. */
    static void inside(Memory outer, @Nullable Memory inner) {
        Memory.Kind kind = outer.kind();
        boolean again = kind == Memory.Kind.REVERSIBLE || kind == Memory.Kind.CHECKPOINT;
        require(
                again || kind == Memory.Kind.RAZOR,
                outer,
                "inside is of reversible, checkpoint and razor: leave it out");
        if (inner == null) {
            return;
        }
        String inside = "(" + inner + ") cannot live inside, ";
        require(
                inner.kind() != Memory.Kind.REVERSIBLE && inner.kind() != Memory.Kind.CHECKPOINT,
                outer,
                inside
                        + "for it is of several layers, and what is inside is of each: use store, recompute, half, int8, approx or razor");
        require(
                inner.kind() != Memory.Kind.IN_PLACE,
                outer,
                inside + "for it says what becomes of the batch normalisations of a run of layers: use it by itself");
        require(
                again || inner.kind() != Memory.Kind.RAZOR,
                outer,
                inside + "for this is a razor itself: set it with values, fill and activations");
        require(
                !inner.hasRules(),
                outer,
                inside + "for at and except are of the whole network: say them of the outermost memory");
        require(
                inner.otherwise() == null,
                outer,
                inside + "for every layer inside can do it or has nothing to keep: leave its otherwise out");
        require(
                !inner.onDisk(),
                outer,
                inside + "for it lives no longer than its unit is computed again: say disk of the outer memory");
        require(
                !inner.stockHosts(),
                outer,
                inside + "for stock hosts are of the whole container: say it of the outer memory");
    }

    /** Throws unless the memory has the settings of a razor. */
    static void isRazor(Memory memory) {
        require(
                memory.kind() == Memory.Kind.RAZOR,
                memory,
                "values, fill, forward, probabilities and activations are of razor: say them of Memory.razor(0.9)");
    }

    /** The values, unless they are not of 16 bits. */
    static RazorValues sixteenBits(RazorValues values) {
        if (!given(values, "what half keeps values in", "RazorValues.FP16 or BF16")
                .isSixteenBits()) {
            throw new IllegalArgumentException("half keeps values in 16 bits, fp16 or bf16; got " + values.label()
                    + ": use " + (values == RazorValues.INT8 ? "int8()" : "store()") + " for that");
        }
        return values;
    }

    /** Throws unless the memory has the settings of chains. */
    static void isReversible(Memory memory) {
        require(
                memory.kind() == Memory.Kind.REVERSIBLE,
                memory,
                "schedule, mode, streams, tolerance, stem and atLeast are of reversible: say them of Memory.reversible()");
    }

    static void activations(Memory memory, ActivationMemory kept) {
        require(
                kept != ActivationMemory.RECOMPUTE,
                memory,
                "activations are kept in 2bit, fp16, thinned or dense, not recomputed: use ActivationMemory.TWO_BIT, say");
        given(kept, "what activations keep under a razor", "ActivationMemory.TWO_BIT, say");
    }

    static void streamScale(Memory memory, @Nullable Integer scale) {
        require(
                scale == null || scale >= 0 && scale <= MOST_BITS,
                memory,
                "streams have a scale of 0 to " + MOST_BITS + " bits, not " + scale + ": choose 20, say");
    }

    static void tolerance(Memory memory, double tolerance) {
        require(
                tolerance > 0 && tolerance < 1,
                memory,
                "a tolerance is a relative error between 0 and 1, not " + tolerance + ": choose 0.001, say");
    }

    static void atLeast(Memory memory, int blocks) {
        require(blocks >= 1, memory, "a chain has at least 1 block, not " + blocks + ": choose 2, say");
    }

    /** The slope, unless a leaky ReLU with it has no inverse. */
    static double slope(double slope) {
        if (!(slope > 0 && Double.isFinite(slope))) {
            throw new IllegalArgumentException(
                    "the slope of an in-place memory is above 0 and finite, for backward inverts the leaky ReLU; got "
                            + slope + ": choose 0.01, say, or inPlace() for a plain ReLU and frozen statistics");
        }
        return slope;
    }

    static void stockHosts(Memory memory, boolean on) {
        require(
                !on || memory.kind() != Memory.Kind.IN_PLACE,
                memory,
                "DL4J's implementation of batch normalisation does not work in place: leave stockHosts out");
    }

    static void onDisk(Memory memory, boolean on) {
        require(
                !on
                        || memory.kind() == Memory.Kind.STORE
                        || memory.kind() == Memory.Kind.CHECKPOINT
                        || memory.kind() == Memory.Kind.REVERSIBLE,
                memory,
                "a disk is for store, checkpoint and reversible: say it of one of them");
    }

    private static void require(boolean holds, Memory memory, String invariant) {
        if (!holds) {
            throw wrong(memory, invariant);
        }
    }

    static IllegalArgumentException wrong(Memory memory, String invariant) {
        return new IllegalArgumentException("memory " + memory + ": " + invariant);
    }
}
