package org.revlayers.keep;

/** What must hold of a {@link Memory}. */
final class MemoryCheck {

    /** Of a stream's scale. */
    static final int MOST_BITS = 30;

    private MemoryCheck() {}

    /** The value, unless it is null. */
    static <T> T given(T value, String what, String remedy) {
        if (value == null) {
            throw new IllegalArgumentException(what + " is null: give " + remedy);
        }
        return value;
    }

    /** Throws unless the one can say what lives inside the other's units. */
    static void inside(Memory outer, Memory inner) {
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
                        + "for it is of several layers, and what is inside is of each: use store, recompute, half, approx or razor");
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

    private static void require(boolean holds, Memory memory, String invariant) {
        if (!holds) {
            throw wrong(memory, invariant);
        }
    }

    static IllegalArgumentException wrong(Memory memory, String invariant) {
        return new IllegalArgumentException("memory " + memory + ": " + invariant);
    }
}
