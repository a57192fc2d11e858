package org.revlayers.internal.inner;

import org.revlayers.internal.keep.Keeper;
import org.revlayers.internal.keep.Thinning;
import org.revlayers.keep.ActivationMemory;

/**
 * How the layers of one configuration keep what backward reads.
 *
 * @param linear      the input of maps whose input gradient does not depend on it (dense, convolutions of all kinds): a thinned one changes the
 *                    weight gradient alone; and the normalised z of norms, with exact statistics
 * @param other       the input of layers that compute again from it, such as a pooling that takes norms: a thinned one changes what they compute
 * @param activations the input of smooth activation functions
 * @param masks       whether a ReLU keeps one bit per element instead of reading its output in backward
 * @param moved       whether all of it, the input and what the layer keeps inside, waits on a disk
 * @param norms       what becomes of batch normalisations; null for nothing
 */
public record Keeping(
        Keeper linear, Keeper other, ActivationMemory activations, boolean masks, boolean moved, InPlaceNorms norms) {

    private static final Keeper FP16 = Keeper.thinned(Thinning.half());

    /** Everything as it is. */
    public static final Keeping DENSE = new Keeping(Keeper.DENSE, Keeper.DENSE, ActivationMemory.DENSE, false);

    /** Everything as it is, and ReLUs that do not read their output. */
    public static final Keeping WITH_MASKS = new Keeping(Keeper.DENSE, Keeper.DENSE, ActivationMemory.DENSE, true);

    /** In memory. */
    public Keeping(Keeper linear, Keeper other, ActivationMemory activations, boolean masks) {
        this(linear, other, activations, masks, false, null);
    }

    /** The same in memory or on a disk. */
    public Keeping moved(boolean on) {
        return new Keeping(linear, other, activations, masks, on, norms);
    }

    /** The same with other batch normalisations; null for those of DL4J. */
    public Keeping norms(InPlaceNorms other) {
        return new Keeping(linear, this.other, activations, masks, moved, other);
    }

    /** The input of an activation function that has no code. */
    Keeper activationInput() {
        return switch (activations) {
            case TWO_BIT, FP16 -> FP16;
            case THINNED -> linear;
            case DENSE, RECOMPUTE -> Keeper.DENSE; // the output is the next layer's input, kept as that layer says
        };
    }
}
