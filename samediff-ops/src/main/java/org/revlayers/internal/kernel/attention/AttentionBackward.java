package org.revlayers.internal.kernel.attention;

import static org.revlayers.internal.kernel.Buffers.apart;
import static org.revlayers.internal.kernel.Buffers.require;

import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * The arguments of attention's exact backward.
 *
 * <pre>
 *   P = exp(scale·Q·Kᵀ − lse)   (or the given probs)
 *   dV = Pᵀ·dO,  dP = dO·Vᵀ,  dS = P·(dP − rowsum(dO·O)),  dQ = scale·dS·K,  dK = scale·dSᵀ·Q
 * </pre>
 *
 * @param forward what the forward had, {@code out} written, and {@code lse} or {@code probs}
 * @param dOut    gradient of the output
 * @param dq      gradient of q; dq, dk, dv must not overlap the inputs
 * @param dk      gradient of k
 * @param dv      gradient of v
 */
public record AttentionBackward(AttentionForward forward, HeadView dOut, HeadView dq, HeadView dk, HeadView dv) {

    void check() {
        forward.check();
        require(
                forward.lse() != null || forward.probs() != null,
                "the backward of attention needs lse or probs, got null for both: pass lse to the forward and keep it");
        AttentionShape shape = forward.shape();
        DataType type = forward.q().array().dataType();
        dOut.check("dOut", shape, shape.queries(), type);
        dq.check("dq", shape, shape.queries(), type);
        dk.check("dk", shape, shape.keys(), type);
        dv.check("dv", shape, shape.keys(), type);
        for (HeadView gradient : List.of(dq, dk, dv)) {
            for (HeadView input : List.of(forward.q(), forward.k(), forward.v(), forward.out(), dOut)) {
                apart("dq, dk and dv", gradient.array(), "q, k, v, out and dOut", input.array());
            }
        }
    }
}
