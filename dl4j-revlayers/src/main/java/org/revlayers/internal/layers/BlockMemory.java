package org.revlayers.internal.layers;

import org.revlayers.internal.keep.Thinning;
import org.revlayers.internal.keep.TokenRazor;
import org.revlayers.keep.ActivationMemory;
import org.revlayers.keep.Memory;

/**
 * What a {@link Memory} says of one layer on tokens.
 *
 * @param activation  what the MLP's activation function keeps
 * @param sharedNorms whether norms have no gamma and beta
 * @param razor       how everything is thinned; null for not at all
 */
public record BlockMemory(ActivationMemory activation, boolean sharedNorms, TokenRazor razor) {

    /**
     * For a layer that its builder is told of.
     *
     * @throws IllegalArgumentException for one that is of several layers
     */
    public static BlockMemory ofOne(Memory memory) {
        if (memory == null) {
            throw new IllegalArgumentException(
                    "the memory of a layer is null: give Memory.store() for arrays as they are");
        }
        if (memory.onDisk()) {
            throw new IllegalArgumentException("the memory " + memory
                    + " waits on a disk, where containers put it: use onDisk(names) of the RazorSequence around the layer, or"
                    + " convert the network with Lean.convert");
        }
        if (memory.otherwise() != null || memory.stockHosts()) {
            throw new IllegalArgumentException("the memory " + memory + " is of several layers, and this is one: "
                    + (memory.stockHosts()
                            ? "stockHosts is of containers: leave it out"
                            : "otherwise is of layers that something cannot be done with: leave it out, or convert the"
                                    + " network with Lean.convert"));
        }
        return of(memory);
    }

    /** What a sequence of layers is told that a conversion makes: {@code inside} and probabilities are said of its layers. */
    public static Memory ofSequence(Memory memory) {
        if (memory.kind() == Memory.Kind.IN_PLACE) {
            return memory.alone().otherwise(null);
        }
        if (!memory.thins()) {
            return Memory.store().stockHosts(memory.stockHosts());
        }
        Memory razor = memory.alone().otherwise(null);
        return razor.kind() == Memory.Kind.RAZOR ? razor.inside(null).probabilities(false) : razor;
    }

    /**
     * For a layer.
     *
     * @throws IllegalArgumentException for one that is of several layers
     */
    public static BlockMemory of(Memory memory) {
        if (memory.hasRules()) {
            throw new IllegalArgumentException("the memory " + memory
                    + " names layers of a network, and this is one layer: convert the network with Lean.convert, or give"
                    + " each layer a memory without at and except");
        }
        ActivationMemory activation =
                switch (memory.kind()) {
                    case STORE, SHARED_NORMS -> ActivationMemory.DENSE;
                    case RECOMPUTE -> ActivationMemory.RECOMPUTE;
                    case HALF, INT8 -> ActivationMemory.FP16; // overruled by the razor
                    case APPROX -> ActivationMemory.TWO_BIT;
                    case RAZOR -> memory.inside() == null
                            ? ActivationMemory.DENSE
                            : of(memory.inside()).activation();
                    case IN_PLACE, CHECKPOINT, REVERSIBLE -> throw new IllegalArgumentException("the memory " + memory
                            + " is of several layers, not of one: convert the network with Lean.convert, or build a"
                            + " CheckpointSequence or a ReversibleChain");
                };
        return new BlockMemory(activation, memory.sharesNorms(), razor(memory));
    }

    private static TokenRazor razor(Memory memory) {
        return memory.thins()
                ? new TokenRazor(
                        thinning(memory.thin()),
                        memory.thin().activations() == ActivationMemory.DENSE
                                ? null
                                : memory.thin().activations(),
                        memory.thin().probabilities())
                : null;
    }

    /** How a razor thins. */
    public static Thinning thinning(Memory.Thin thin) {
        return new Thinning(thin.prune(), thin.values(), thin.fill(), thin.forward());
    }
}
