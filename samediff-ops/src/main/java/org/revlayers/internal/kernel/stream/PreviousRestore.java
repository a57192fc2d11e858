package org.revlayers.internal.kernel.stream;

import static org.revlayers.internal.kernel.Buffers.apart;
import static org.revlayers.internal.kernel.Buffers.required;
import static org.revlayers.internal.kernel.Buffers.values;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The arguments of the second half of the inverse of a {@link Coupling}, in place: Y = X' − rint(f·2^S) − ⌊a·X/q⌋.
 *
 * @param Xp    X', overwritten with Y
 * @param X     as {@link InputRestore} gave it
 * @param f     F(X·2^−S), bit for bit that of the forward
 * @param a     −4q to 4q
 * @param q     1, 2, 4, 8 or 16
 * @param scale S
 */
public record PreviousRestore(INDArray Xp, INDArray X, INDArray f, int a, int q, int scale) {

    void check() {
        values("f", f);
        StreamArguments.scale(scale);
        StreamArguments.alpha(a, q);
        required("Xp", Xp, f.length(), DataType.INT32);
        required("X", X, f.length(), DataType.INT32);
        apart("Xp", Xp, "X", X);
        apart("Xp", Xp, "f", f);
    }
}
