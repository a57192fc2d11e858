package org.revlayers.keep;

import java.util.Locale;
import lombok.RequiredArgsConstructor;
import org.nd4j.shade.jackson.annotation.JsonCreator;

/**
 * What a smooth activation h = f(u) keeps for backward, whose derivative needs u at every element. ReLU is not concerned: it keeps one bit per
 * element and is exact. Bytes are those of u, per fp32 element; h is the next layer's input and kept as that layer keeps its activations, dense or
 * thinned.
 *
 * <p>Model files and the command line may say {@code HALF} for {@link #FP16}, its name in transformer blocks once.
 *
 * @since 0.1.0
 */
@RequiredArgsConstructor
public enum ActivationMemory {
    /** u as it is: 4 bytes, exact, nothing computed again. */
    DENSE("dense"),
    /** u as it is, and h is computed again from it: 4 bytes instead of 8 for both, exact, one more pass over memory. For MLPs, which own both. */
    RECOMPUTE("recompute"),
    /**
     * A 2-bit code of u: 0.25 bytes, the derivative takes four values ({@link org.revlayers.function.Curve}, Approx-BP), less arithmetic in backward.
     * For GELU and SiLU; other functions keep {@link #FP16}.
     */
    TWO_BIT("2bit"),
    /** u in binary16: 2 bytes; the derivative at the rounded u. */
    FP16("fp16"),
    /** u thinned as the layer's other activations: the derivative is f'(0) where u was dropped. Needs a razor. */
    THINNED("thinned");

    private final String label;

    /** As a user types it: dense, recompute, 2bit, fp16 or thinned. */
    public String label() {
        return label;
    }

    /** By {@link #label} or by name, as model files have it. */
    @JsonCreator
    public static ActivationMemory of(String word) {
        for (ActivationMemory memory : values()) {
            if (memory.label.equals(word.toLowerCase(Locale.ROOT))
                    || memory.name().equalsIgnoreCase(word)) {
                return memory;
            }
        }
        if (word.equalsIgnoreCase("HALF")) {
            return FP16;
        }
        throw new IllegalArgumentException(
                "an activation function keeps its input as dense, recompute, 2bit, fp16 or thinned; got \"" + word
                        + "\"");
    }

    /** Whether h is kept, too. */
    public boolean keepsOutput() {
        return this != RECOMPUTE;
    }

    /**
     * Throws if this cannot be in such a layer.
     *
     * @param thins whether the layer's other activations are thinned
     */
    public void validate(String layer, boolean thins) {
        if (this == THINNED && !thins) {
            throw new IllegalStateException(layer
                    + " needs a razor, that is a thinning, for ActivationMemory.THINNED; got none: set memory(Memory.razor(0.9)), say, or use"
                    + " another ActivationMemory");
        }
    }
}
