package org.revlayers.layers;

import java.util.ArrayList;
import java.util.List;

/** What a smooth activation h = f(u) between two linear layers keeps for backward. The second linear layer needs h. */
public enum ActivationMemory {
    /** u and h: 8 bytes per fp32 element, exact, nothing computed again. */
    DENSE,
    /** u; h is computed again: 4 bytes, exact, one more pass over memory. */
    RECOMPUTE,
    /** h and a 2-bit code of u: 4.25 bytes, approximate derivative (Approx-BP), less arithmetic in backward. */
    TWO_BIT;

    List<KeptTensor> predict(long elements) {
        List<KeptTensor> kept = new ArrayList<>();
        if (this != TWO_BIT) {
            kept.add(KeptTensor.dense("mlp_pre", elements));
        }
        if (this != RECOMPUTE) {
            kept.add(KeptTensor.dense("mlp_hidden", elements));
        }
        if (this == TWO_BIT) {
            kept.add(KeptTensor.coded("mlp_code", elements, 2));
        }
        return kept;
    }
}
