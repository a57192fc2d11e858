package org.revlayers.kernel;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.kernel.activation.Curve;
import org.revlayers.kernel.attention.AttentionShape;
import org.revlayers.kernel.attention.HeadView;
import org.revlayers.kernel.norm.Norm;
import org.revlayers.kernel.norm.NormInput;

/**
 * The maths of every memory-efficient layer: arrays in, arrays out. Two implementations give the same codes bit for bit and the same
 * values within a few units in the last place: native C++ ({@link NativeKernels}) and portable Java ({@link JavaKernels}).
 *
 * <p>Rules that hold for every method:
 *
 * <ul>
 *   <li>arrays are C-contiguous (any offset); {@code rows} is the product of all axes but the last, {@code cols} the last;
 *   <li>values are FLOAT, DOUBLE or HALF, all of one type; HALF is computed in fp32 and rounded once, its statistics (mean, rstd, lse) are
 *       FLOAT; codes and masks are UINT8;
 *   <li>an output may be the very array of an input of the same shape (in place) unless a method says otherwise;
 *   <li>outputs are overwritten, never added to;
 *   <li>arguments that may be null are marked so;
 *   <li>the result does not depend on the number of threads: every sum has a fixed order.
 * </ul>
 */
public interface Kernels {

    /** The fastest implementation that runs on this machine, chosen once; {@code -Drevlayers.kernels=java} forces the portable one. */
    static Kernels get() {
        return KernelChoice.checked(KernelChoice.CHOSEN);
    }

    /** What runs: for example {@code native avx512 (2 threads)} or {@code java}. */
    String name();

    /**
     * Forward of a smooth activation, with the bias added and the 2-bit code taken in the same pass.
     *
     * <pre>u = x + bias;  pre = u;  y = h(u);  code = 2-bit code of u ({@link Curve})</pre>
     *
     * @param x    {@code [rows, cols]}
     * @param bias {@code [cols]}, or null
     * @param pre  receives u, or null; may be x
     * @param y    receives h(u); may be x (then pre must be null)
     * @param code {@code ceil(n/4)} bytes, element k in byte k/4, bits 2·(k mod 4) and the next, unused bits zero; or null
     */
    void activation(Curve curve, INDArray x, INDArray bias, INDArray pre, INDArray y, INDArray code);

    /** Exact backward from the kept input: dx = dy·h'(x), h' being 0 at −∞ and 1 at +∞. dx may be dy or x. */
    void activationBackward(Curve curve, INDArray x, INDArray dy, INDArray dx);

    /** Approximate backward from the kept code: dx = dy·level(code). dx may be dy. */
    void codeBackward(Curve curve, INDArray code, INDArray dy, INDArray dx);

    /**
     * y = max(x, 0) and the mask x &gt; 0, one bit per element: element k in byte k/8, bit k mod 8, unused bits zero. NaN stays NaN in y and
     * has mask 0.
     *
     * @param mask {@code ceil(n/8)} bytes, or null
     */
    void relu(INDArray x, INDArray y, INDArray mask);

    /** dx = dy·scale where the mask's bit is set, else 0. */
    void maskBackward(INDArray mask, double scale, INDArray dy, INDArray dx);

    /**
     * Seeded inverted dropout: y = x/(1−p) where kept, else 0. Element k is kept if word {@code k mod 4} of Philox-4x32-10 with counter
     * {@code k/4} (64 bits, low word first, the upper two words zero) and key {@code seed} (low word first) is at least ⌊p·2³²⌋, unsigned.
     * The same call on the output gradient is its backward: nothing has to be kept but the seed.
     *
     * @param p    probability of dropping, 0 ≤ p &lt; 1
     * @param mask receives the kept bits as in {@link #relu}, or null
     */
    void dropout(INDArray x, double p, long seed, INDArray y, INDArray mask);

    /**
     * Normalisation over the last axis: y = z·gamma + beta, z as in {@link Norm}, of s = x + bias + residual.
     *
     * @param gamma {@code [cols]}, or null for one
     * @param beta  {@code [cols]}, or null for zero
     * @param y     receives the result; may be {@code in.x()} if {@code in.sum()} is another array or null
     * @param mean  {@code [rows]}, receives the mean (LAYER only), or null
     * @param rstd  {@code [rows]}, receives 1/√(var + eps) or 1/√(mean square + eps), or null
     */
    void norm(
            Norm kind,
            double eps,
            NormInput in,
            INDArray gamma,
            INDArray beta,
            INDArray y,
            INDArray mean,
            INDArray rstd);

    /**
     * The same normalisation again from statistics that were kept: y = (x − mean)·rstd·gamma + beta. Bit for bit what {@link #norm} gave.
     *
     * @param mean null for RMS
     */
    void normReplay(INDArray x, INDArray mean, INDArray rstd, INDArray gamma, INDArray beta, INDArray y);

    /**
     * Backward of {@link #norm}, exact, from its kept output z and rstd alone (memory sharing), or from its kept input.
     *
     * <pre>
     *   g = dy·gamma
     *   LAYER: dx = rstd·(g − mean(g) − z·mean(g·z)) + residual      RMS: dx = rstd·(g − z·mean(g·z)) + residual
     *   dGamma = Σ dy·z,  dBeta = Σ dy  (over rows)
     * </pre>
     *
     * @param fromInput false: {@code kept} is z, the output without gamma and beta; true: it is the input s, and z = (s − mean)·rstd
     *     (mean null for RMS)
     * @param residual  gradient of the skip path, of dy's shape, added to dx; or null; may be dx
     * @param dx        may be dy, but not kept
     * @param dGamma    {@code [cols]}, or null
     * @param dBeta     {@code [cols]}, or null
     */
    void normBackward(
            Norm kind,
            boolean fromInput,
            INDArray kept,
            INDArray mean,
            INDArray rstd,
            INDArray gamma,
            INDArray dy,
            INDArray residual,
            INDArray dx,
            INDArray dGamma,
            INDArray dBeta);

    /** x += bias over the last axis, in place. */
    void addBias(INDArray x, INDArray bias);

    /** out = Σ x over rows: the gradient of a bias. */
    void columnSums(INDArray x, INDArray out);

    /** y = softmax over the last axis. A row of −∞ only gives zeros. */
    void softmax(INDArray x, INDArray y);

    /** dx = y·(dy − Σ dy·y) per row. */
    void softmaxBackward(INDArray y, INDArray dy, INDArray dx);

    /**
     * Attention O = softmax(scale·Q·Kᵀ)·V, tile by tile: the tokens × tokens probabilities are never kept unless {@code probs} is given.
     * A query that sees no key gives zeros.
     *
     * @param keyMask {@code [batch, keys]} of the values' type: 0 hides a key, anything else shows it; or null
     * @param lse     {@code [batch, heads, queries]} (FLOAT for HALF), receives log Σ exp of each row of S, 0 for a query that sees
     *     no key; or null
     * @param probs   {@code [batch, heads, queries, keys]}, receives P; or null
     */
    void attention(
            AttentionShape shape,
            HeadView q,
            HeadView k,
            HeadView v,
            INDArray keyMask,
            HeadView out,
            INDArray lse,
            INDArray probs);

    /**
     * Exact backward of {@link #attention} from q, k, v, its output and one number per row.
     *
     * <pre>
     *   P = exp(scale·Q·Kᵀ − lse)   (or the given probs)
     *   dV = Pᵀ·dO,  dP = dO·Vᵀ,  dS = P·(dP − rowsum(dO·O)),  dQ = scale·dS·K,  dK = scale·dSᵀ·Q
     * </pre>
     *
     * dq, dk, dv must not overlap the inputs. lse may be null if probs is given.
     */
    void attentionBackward(
            AttentionShape shape,
            HeadView q,
            HeadView k,
            HeadView v,
            INDArray keyMask,
            HeadView out,
            INDArray lse,
            INDArray probs,
            HeadView dOut,
            HeadView dq,
            HeadView dk,
            HeadView dv);
}
