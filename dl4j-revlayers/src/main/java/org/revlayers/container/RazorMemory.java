package org.revlayers.container;

import org.revlayers.internal.keep.Thinning;
import org.revlayers.internal.layers.BlockMemory;
import org.revlayers.keep.ActivationMemory;
import org.revlayers.keep.Memory;

/** What a {@link Memory} says of a {@link RazorSequence}; what a sequence has no form for is refused. */
final class RazorMemory {

    private static final ActivationMemory USUAL = Memory.razor(0).thin().activations();

    private RazorMemory() {}

    /** How all layers are thinned; null for not at all. */
    static Thinning thinning(Memory memory) {
        if (memory == null) {
            throw new IllegalArgumentException("the memory of a razor sequence is null: give Memory.razor(0.9), say, or"
                    + " Memory.store() for one that is off");
        }
        boolean razor = memory.thins();
        require(
                razor || memory.kind() == Memory.Kind.STORE || memory.kind() == Memory.Kind.IN_PLACE,
                memory,
                "is no razor, half, int8, in-place or store: use CheckpointSequence for checkpoint, ReversibleChain for reversible, and memory(...) of the"
                        + " layers inside for others");
        require(
                !memory.hasRules(),
                memory,
                "names layers with at or except: use memory(name, own) and dense(names) of the sequence");
        require(
                !memory.onDisk(),
                memory,
                "waits on a disk, and the sequence has to know of which layers: use onDisk(names) of it, or convert the network with Lean.convert");
        require(
                memory.otherwise() == null,
                memory,
                "has an otherwise, and a sequence keeps every layer inside so: leave it out, or convert the network with Lean.convert");
        require(
                memory.inside() == null,
                memory,
                "has something inside, which is of the layers: say it with their memory(...), or convert the network with Lean.convert");
        return razor ? BlockMemory.thinning(memory.thin()) : null;
    }

    /** What becomes of batch normalisations: the slope of the leaky ReLU behind, 0 for frozen statistics; null for nothing. */
    static Double inPlace(Memory memory) {
        return memory.kind() == Memory.Kind.IN_PLACE ? memory.slope() : null;
    }

    /** How one layer is thinned; null for not at all. */
    static Thinning own(String layer, Memory memory) {
        Thinning own = thinning(memory);
        require(
                inPlace(memory) == null,
                memory,
                "is of all of its batch normalisations: leave it out at \"" + layer
                        + "\", and say dense(names) of those that are to stay as they are");
        require(
                !memory.thin().probabilities(),
                memory,
                "keeps probabilities, which is of the whole sequence: leave it out at \"" + layer + "\"");
        return own;
    }

    /** Throws unless a sequence that has this for activation functions can have a layer with such a memory. */
    static void fits(String layer, Memory own, ActivationMemory all) {
        ActivationMemory mine = own.thin().activations();
        require(
                own.kind() != Memory.Kind.RAZOR || mine == USUAL || mine == all,
                own,
                "has activations of its own at \"" + layer + "\", and they are of the whole sequence, " + all.label()
                        + " here: use activations(...) of the sequence");
    }

    /** Throws if attention is to keep probabilities that no razor of this sequence reaches. */
    static void requireNoProbabilities(Memory memory) {
        require(
                !memory.thin().probabilities(),
                memory,
                "keeps probabilities, and attention inside has a razor of its own: say it with the memory(...) of the attention or block, or"
                        + " convert the network with Lean.convert");
    }

    private static void require(boolean holds, Memory memory, String what) {
        if (!holds) {
            throw new IllegalArgumentException("the memory " + memory + " of a razor sequence " + what);
        }
    }
}
