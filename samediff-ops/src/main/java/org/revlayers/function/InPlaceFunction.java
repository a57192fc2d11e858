package org.revlayers.function;

/**
 * What an in-place batch normalisation applies to v = gamma·x̂ + beta, the derivative of which its own output z tells. With a slope a &gt; 0.
 *
 * <pre>
 *   IDENTITY     z = v                          dv = dz
 *   RELU         z = max(v, 0)                  dv = dz where z &gt; 0, else 0         v is lost where it is negative
 *   LEAKY_RELU   z = v ≥ 0 ? v : a·v            dv = dz·(z ≥ 0 ? 1 : a)             v = z ≥ 0 ? z : z/a
 *   ELU          z = v ≥ 0 ? v : exp(v) − 1     dv = dz·(z ≥ 0 ? 1 : z + 1)         v = z ≥ 0 ? z : ln(z + 1)
 * </pre>
 *
 * <p>Source: arXiv 1712.02616.
 *
 * @since 0.1.0
 */
public enum InPlaceFunction {
    /** v itself. */
    IDENTITY,
    /** max(v, 0): with frozen statistics alone, for those of the batch need v where it is negative, too. */
    RELU,
    /** v, or a·v where it is negative. */
    LEAKY_RELU,
    /** v, or exp(v) − 1 where it is negative. */
    ELU
}
