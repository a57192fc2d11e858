package org.revlayers.chain;

import java.io.Serializable;
import lombok.AccessLevel;
import lombok.AllArgsConstructor;
import lombok.Builder;
import lombok.Data;
import lombok.NoArgsConstructor;

/**
 * Dr²Net's dynamic schedule: α and β move together from a start near the pretrained network to an end where the chain is well conditioned,
 * in steps of 1/q, and stay there.
 *
 * <pre>
 *   s = clamp(iteration / (endFraction·totalIterations), 0, 1), shaped;   α(s) = α₀ + s·(α₁ − α₀), β likewise, to the nearest 1/q
 * </pre>
 *
 * <p>A function of the network's iteration count alone, which DL4J saves with the model: a resumed run goes on where it was, and
 * coefficients change between optimizer steps only. Inference uses the coefficients of the current count.
 *
 * <p>The start is the paper's up to rounding (β = 1/8 for 0.1, a power of two); the end, the fraction and the shape are not published. Defaults: to
 * (1/4, 3/4), on the line α + β = 1, which preserves the streams' scale, over the first 40 % of the training.
 * Source: Dr²Net, arXiv 2401.04105.
 *
 * <pre>{@code
 * CoefficientSchedule.builder().totalIterations(2000).build();   // dynamic
 * CoefficientSchedule.constant(0, 1);                            // RevNet, Re2TAL
 * }</pre>
 */
@Data
@Builder
@NoArgsConstructor(access = AccessLevel.PRIVATE)
@AllArgsConstructor(access = AccessLevel.PRIVATE)
public final class CoefficientSchedule implements Serializable {

    private static final long serialVersionUID = 1L;

    /** How s follows the iteration. */
    public enum Shape {
        LINEAR,
        /** Slow at both ends. */
        COSINE
    }

    @Builder.Default
    private double alphaStart = 1;

    @Builder.Default
    private double betaStart = 0.125;

    @Builder.Default
    private double alphaEnd = 0.25;

    @Builder.Default
    private double betaEnd = 0.75;

    /** Denominator of the coefficients: 1, 2, 4, 8 or 16. */
    @Builder.Default
    private int steps = 8;

    /** Share of the training after which the coefficients stay. */
    @Builder.Default
    private double endFraction = 0.4;

    /** Optimizer steps of the whole training; needed unless start and end are equal. */
    private int totalIterations;

    @Builder.Default
    private Shape shape = Shape.LINEAR;

    /** The same coefficients for ever. */
    public static CoefficientSchedule constant(double alpha, double beta) {
        return builder()
                .alphaStart(alpha)
                .betaStart(beta)
                .alphaEnd(alpha)
                .betaEnd(beta)
                .build();
    }

    /** Throws an error that names the invariant if the schedule cannot work. */
    public void validate() {
        for (double c : new double[] {alphaStart, betaStart, alphaEnd, betaEnd}) {
            require(Double.isFinite(c), "α and β must be finite, not " + c);
        }
        Coefficients.nearest(alphaStart, betaStart, steps);
        Coefficients.nearest(alphaEnd, betaEnd, steps);
        require(endFraction > 0 && endFraction <= 1, "0 < endFraction <= 1 must hold, not " + endFraction);
        require(
                totalIterations > 0 || isConstant(),
                "a schedule that moves needs the optimizer steps of the whole training: set totalIterations(epochs ·"
                        + " batches), or use CoefficientSchedule.constant");
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException("coefficient schedule: " + message);
        }
    }

    boolean isConstant() {
        return alphaStart == alphaEnd && betaStart == betaEnd;
    }

    /** The coefficients of the step with this number, the first being 0. */
    public Coefficients at(int iteration) {
        double s = isConstant() ? 0 : Math.min(1, Math.max(0, iteration / (endFraction * totalIterations)));
        double t = shape == Shape.COSINE ? (1 - Math.cos(Math.PI * s)) / 2 : s;
        return Coefficients.nearest(
                alphaStart + t * (alphaEnd - alphaStart), betaStart + t * (betaEnd - betaStart), steps);
    }

    /** The smallest β of the schedule: 0 cannot be inverted. */
    double smallestBeta() {
        return Math.min(at(0).beta(), at(Integer.MAX_VALUE).beta());
    }
}
