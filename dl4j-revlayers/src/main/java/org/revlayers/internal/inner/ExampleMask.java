package org.revlayers.internal.inner;

import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.nd4j.linalg.api.ndarray.INDArray;

/** DL4J's mask {@code [mb, 1]} of whole rows, as its feed-forward layers apply it. */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
final class ExampleMask {

    /** Multiplies each row of {@code [mb, features]} by the mask; other ranks and no mask are left alone. */
    static void apply(INDArray mask, INDArray to) {
        if (mask != null && to.rank() == 2) {
            to.muliColumnVector(mask.castTo(to.dataType()));
        }
    }
}
