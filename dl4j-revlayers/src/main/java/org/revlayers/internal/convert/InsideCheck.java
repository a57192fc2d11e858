package org.revlayers.internal.convert;

import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.revlayers.keep.ActivationMemory;
import org.revlayers.keep.Memory;

/** Refuses what a memory's {@code inside} could say and a conversion would pass over. */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
final class InsideCheck {

    /** Throws for a memory inside of another that says something of single layers. */
    static void withoutRules(Memory memory) {
        if (memory.hasRules()) {
            throw new IllegalArgumentException(
                    "at and except are of the whole network, so of the outermost memory; got (" + memory
                            + ") inside of another");
        }
    }

    /** Throws unless all that {@code inside} says has an effect. */
    static void of(Memory outer) {
        Memory inside = outer.inside();
        if (inside == null) {
            return;
        }
        withoutRules(inside);
        Memory.Kind kind = inside.kind();
        boolean units = kind == Memory.Kind.CHECKPOINT || kind == Memory.Kind.REVERSIBLE;
        refuse(
                outer,
                units,
                "is what single layers keep, and " + inside + " is of several: use store, recompute,"
                        + " half, int8, approx or razor");
        refuse(
                outer,
                inside.otherwise() != null,
                "is the last word for a layer: give \"otherwise\" to the memory" + " around it");
        refuse(outer, inside.inside() != null, "has no inside of its own: say it once");
        refuse(outer, inside.stockHosts(), "does not choose hosts: give \"stockHosts\" to the memory around it");
        boolean razor = outer.kind() == Memory.Kind.RAZOR;
        refuse(
                outer,
                !razor && kind == Memory.Kind.SHARED_NORMS,
                "does not share norms in layers that are computed"
                        + " again: convert with sharedNorms first, and the result again");
        boolean overruled = razor && outer.thin().activations() != ActivationMemory.DENSE;
        refuse(
                outer,
                overruled && (kind == Memory.Kind.STORE || kind == Memory.Kind.RECOMPUTE),
                "would be overruled by"
                        + " what activation functions keep under the razor: set activations(ActivationMemory.DENSE) too, or"
                        + " leave it out");
    }

    private static void refuse(Memory outer, boolean wrong, String invariant) {
        if (wrong) {
            throw new IllegalArgumentException("inside of the memory (" + outer + ") " + invariant);
        }
    }
}
