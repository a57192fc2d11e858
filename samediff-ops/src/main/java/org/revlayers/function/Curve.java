package org.revlayers.function;

import lombok.Getter;
import lombok.RequiredArgsConstructor;

/**
 * A smooth activation function together with the step function that stands for its derivative in two bits.
 *
 * <p>Approx-BP replaces h(x) by a sum of three ReLU hinges in the backward pass only:
 * h̃(x) = Σ aᵢ·max(x − cᵢ, 0), so that its derivative takes four values and a 2-bit code per element says which.
 *
 * <pre>
 *   code(x)  = [x &gt; c1] + [x &gt; c2] + [x &gt; c3]          strict comparisons; NaN has code 0
 *   level    = 0, a1, a1 + a2, a1 + a2 + a3 = 1
 * </pre>
 *
 * <p>The forward function is exact. The tanh form of GELU uses the levels of the erf form: the two differ by less than 1e-3.
 *
 * <p>Source: arXiv 2406.16282 (ICML 2024), ReGELU2 and ReSiLU2.
 *
 * @since 0.1.0
 */
@Getter
@RequiredArgsConstructor
public enum Curve {
    /** x·Φ(x) = 0.5·x·(1 + erf(x/√2)). */
    GELU(
            new double[] {-0.04922261145617846, 1.0979632065417297, -0.048740595085551286},
            new double[] {-3.1858810036855245, -0.001178821281161997, 3.190832613414926}),
    /** 0.5·x·(1 + tanh(√(2/π)·(x + 0.044715·x³))). */
    GELU_TANH(GELU.slopes, GELU.knots),
    /** x / (1 + e^(−x)). */
    SILU(
            new double[] {-0.04060357190528599, 1.080925428529668, -0.040321856624382146},
            new double[] {-6.3050461001646445, -0.0008684942046214787, 6.325815242089708});

    /** The hinge slopes a1, a2, a3. Their sum is one. */
    private final double[] slopes;
    /** The hinge positions c1, c2, c3. Σ aᵢ·cᵢ is zero. */
    private final double[] knots;

    /** The derivative that code {@code i} stands for: the sum of the first {@code i} slopes; exactly one for code 3. */
    public double level(int code) {
        return switch (code) {
            case 0 -> 0;
            case 1 -> slopes[0];
            case 2 -> slopes[0] + slopes[1];
            case 3 -> 1;
            default -> throw new IllegalArgumentException("a 2-bit code is 0, 1, 2 or 3, not " + code);
        };
    }

    /** How many bytes the codes of {@code elements} elements take: four to a byte, the first in the lowest bits. */
    public static long codeBytes(long elements) {
        return (elements + 3) / 4;
    }
}
