package org.revlayers.layers;

import java.util.ArrayList;
import java.util.List;
import lombok.AccessLevel;
import lombok.RequiredArgsConstructor;
import org.revlayers.keep.Form;
import org.revlayers.keep.Prediction;
import org.revlayers.keep.Thinning;

/**
 * What a smooth activation h = f(u) between two linear layers keeps for backward. The second linear layer needs h: it is kept as a layer
 * keeps its activations, dense (4 bytes per fp32 element) or thinned.
 */
@RequiredArgsConstructor(access = AccessLevel.PRIVATE)
public enum ActivationMemory {
    /** u and h: 4 bytes per fp32 element beside h's, exact, nothing computed again. */
    DENSE(Derivative.DENSE),
    /** u alone; h is computed again: 4 bytes, exact, one more pass over memory. */
    RECOMPUTE(Derivative.DENSE),
    /** h and a 2-bit code of u: 0.25 bytes, approximate derivative (Approx-BP), less arithmetic in backward. */
    TWO_BIT(Derivative.CODE),
    /** h, and u in binary16: 2 bytes, the derivative at the rounded u. */
    HALF(Derivative.HALF),
    /** h, and u thinned as the layer's other activations: the derivative is f'(0) where u was dropped. Needs a {@link Thinning}. */
    THINNED(Derivative.THINNED);

    /** What is kept of u. */
    enum Derivative {
        DENSE,
        CODE,
        HALF,
        THINNED
    }

    private final Derivative derivative;

    Derivative derivative() {
        return derivative;
    }

    boolean keepsOutput() {
        return this != RECOMPUTE;
    }

    /** Throws if this cannot be with such a thinning. */
    void validate(String layer, Thinning thinning) {
        if (this == THINNED && thinning == null) {
            throw new IllegalStateException(
                    layer + " needs a thinning for ActivationMemory.THINNED; got none: set one, or use"
                            + " another ActivationMemory");
        }
    }

    List<Prediction> predict(long elements, Thinning thinning) {
        List<Prediction> kept = new ArrayList<>(
                switch (derivative) {
                    case DENSE -> List.of(Prediction.dense(Mlp.PRE, elements));
                    case CODE -> List.of();
                    case HALF -> List.of(new Prediction(Mlp.PRE, Form.CODED, elements, Short.SIZE));
                    case THINNED -> thinning.predict(Mlp.PRE, elements);
                });
        if (keepsOutput()) {
            kept.addAll(Thinning.predict(thinning, Mlp.HIDDEN, elements));
        }
        if (derivative == Derivative.CODE) {
            kept.add(Prediction.coded(Mlp.CODE, elements, 2));
        }
        return kept;
    }
}
