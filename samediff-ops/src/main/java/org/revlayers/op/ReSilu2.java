package org.revlayers.op;

import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.kernel.Curve;

/**
 * SiLU in the forward pass; a four-step approximation of its derivative in the backward pass (Approx-BP).
 *
 * <pre>
 *   y    = x/(1 + e^(−x))
 *   code = [x &gt; c1] + [x &gt; c2] + [x &gt; c3]
 *   dx   = dy·level[code]                       levels and knots: {@link Curve#SILU}
 * </pre>
 *
 * <p>Input: x of any shape, n elements, FLOAT, DOUBLE or HALF. Outputs: y of x's shape; codes, UINT8 {@code [ceil(n/4)]}. Kept for
 * backward: the codes, 0.25 bytes per element (4 for the stock op). The forward value is exact, the gradient approximate: a numeric
 * gradient check fails by design. Source: arXiv 2406.16282.
 */
public final class ReSilu2 extends CodedActivation {

    /** The op's name in a saved graph. */
    public static final String NAME = "resilu2";

    /** For a graph that is being loaded. */
    public ReSilu2() {}

    /** In a graph. */
    public ReSilu2(SDVariable x) {
        super(x);
    }

    /** For {@code Nd4j.exec}. */
    public ReSilu2(INDArray x) {
        super(x);
    }

    @Override
    public String opName() {
        return NAME;
    }

    @Override
    Curve curve() {
        return Curve.SILU;
    }

    @Override
    CodedActivationBp backward(SDVariable codes, SDVariable dy) {
        return new ReSilu2Bp(codes, dy);
    }
}
