package org.revlayers.internal.kernel.activation;

import lombok.With;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.function.Curve;
import org.revlayers.internal.kernel.Buffers;

/**
 * The arguments of a smooth activation's forward.
 *
 * <pre>u = x + bias;  pre = u;  y = h(u);  code = 2-bit code of u ({@link Curve})</pre>
 *
 * @param curve h
 * @param x     {@code [rows, cols]}
 * @param bias  {@code [cols]}, or null
 * @param pre   receives u, or null; may be x
 * @param y     receives h(u); may be x (then pre must be null)
 * @param code  {@code ceil(n/4)} bytes, element k in byte k/4, bits 2·(k mod 4) and the next, unused bits zero; or null
 */
@With
public record ActivationForward(Curve curve, INDArray x, INDArray bias, INDArray pre, INDArray y, INDArray code) {

    /** y = h(x). */
    public static ActivationForward of(Curve curve, INDArray x, INDArray y) {
        return new ActivationForward(curve, x, null, null, y, null);
    }

    void check() {
        DataType type = Buffers.values("x", x);
        Buffers.match("bias", bias, Buffers.cols(x), type);
        Buffers.match("pre", pre, x.length(), type);
        Buffers.required("y", y, x.length(), type);
        Buffers.match("code", code, Curve.codeBytes(x.length()), DataType.UINT8);
        Buffers.apart("pre", pre, "y", y);
    }
}
