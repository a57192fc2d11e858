package org.revlayers.internal.kernel.stream;

import static org.revlayers.internal.kernel.Buffers.apart;
import static org.revlayers.internal.kernel.Buffers.match;
import static org.revlayers.internal.kernel.Buffers.required;
import static org.revlayers.internal.kernel.Buffers.values;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The arguments of one sub-block forward, in place; the streams swap their arrays.
 *
 * <pre>
 *   X' = rint(f·2^S) + ⌊a·X/q⌋ + Y   in the array Y
 *   Y' = ⌊b·X/q⌋                     in the array X
 *   side = X − ⌈q·Y'/b⌉              0 ≤ side &lt; ⌈q/b⌉
 *   next = X'·2^−S
 * </pre>
 *
 * <p>Side values come in groups of eight elements of {@link StreamKernels#sideBits} bytes: byte k of a group holds bit k of its side values, that
 * of the group's element j in bit j; unused bits are zero.
 *
 * @param f     F(X·2^−S)
 * @param X     the first stream, INT32
 * @param Y     the second stream, INT32
 * @param a     −4q to 4q
 * @param b     0 to q; 0 only without side
 * @param q     1, 2, 4, 8 or 16
 * @param scale S
 * @param side  {@link StreamKernels#sideBytes} bytes, or null: then X cannot be restored, unless b = q, where there is none and it must be null
 * @param next  of f's type, or null; may be f
 */
public record Coupling(
        INDArray f, INDArray X, INDArray Y, int a, int b, int q, int scale, INDArray side, INDArray next) {

    void check() {
        DataType type = values("f", f);
        StreamArguments.scale(scale);
        StreamArguments.alpha(a, q);
        StreamArguments.beta(b, q);
        required("X", X, f.length(), DataType.INT32);
        required("Y", Y, f.length(), DataType.INT32);
        if (side != null) {
            StreamArguments.side(side, f.length(), b, q);
        }
        match("next", next, f.length(), type);
        apart("X", X, "Y", Y);
        StreamArguments.sameOrApart("next", next, "f", f);
        for (INDArray value : new INDArray[] {f, next}) {
            apart("X", X, "f and next", value);
            apart("Y", Y, "f and next", value);
        }
        for (INDArray other : new INDArray[] {f, X, Y, next}) {
            apart("side", side, "f, X, Y and next", other);
        }
    }
}
