package org.revlayers.internal.kernel.stream;

import static org.revlayers.internal.kernel.Buffers.apart;
import static org.revlayers.internal.kernel.Buffers.required;
import static org.revlayers.internal.kernel.Buffers.values;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The arguments of the first half of the inverse of a {@link Coupling}, in place: X = ⌈q·Y'/b⌉ + side.
 *
 * @param Yp    Y', overwritten with X
 * @param side  as the coupling wrote it; null where b = q
 * @param b     1 to q
 * @param q     1, 2, 4, 8 or 16
 * @param scale S
 * @param x     receives X·2^−S, the input of F, or null
 */
public record InputRestore(INDArray Yp, INDArray side, int b, int q, int scale, INDArray x) {

    void check() {
        StreamArguments.integers("Yp", Yp);
        StreamArguments.scale(scale);
        StreamArguments.inverted(b, q);
        if (side != null || b < q) {
            StreamArguments.side(side, Yp.length(), b, q);
        }
        if (x != null) {
            required("x", x, Yp.length(), values("x", x));
        }
        apart("Yp", Yp, "side", side);
        apart("x", x, "Yp", Yp);
        apart("x", x, "side", side);
    }
}
