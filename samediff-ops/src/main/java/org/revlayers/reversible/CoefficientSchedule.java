package org.revlayers.reversible;

import java.io.Serializable;
import java.util.function.IntFunction;
import lombok.AccessLevel;
import lombok.AllArgsConstructor;
import lombok.Builder;
import lombok.Data;
import lombok.Getter;
import lombok.NoArgsConstructor;
import lombok.Setter;
import org.jspecify.annotations.Nullable;
import org.nd4j.shade.jackson.annotation.JsonInclude;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * α and β of a chain over a training, in steps of 1/q: Dr²Net's dynamic schedule, in which they move together from a start near the pretrained network
 * to an end where the chain is well conditioned, and stay there; or {@link #sampled any other course}.
 *
 * <pre>
 *   s = clamp(iteration / (endFraction·totalIterations), 0, 1), shaped;   α(s) = α₀ + s·(α₁ − α₀), β likewise, to the nearest 1/q
 * </pre>
 *
 * <p>A function of the count of updates, which is saved with the model: that of a DL4J chain is in its configuration ({@code ReversibleChain.getScheduleStep}),
 * that of a SameDiff graph in its training configuration. A resumed run goes on where it was, a copy computes the same, and coefficients change between
 * optimizer steps only. Inference uses the coefficients of the step to come; with {@link #randomSigns} those of the plain network.
 *
 * <p>The way back. With a {@code returnFraction} the coefficients move on from the end to (1, 0) over that last share of the training, so that the trained
 * network, restored, is a plain one that computes the same. Nothing can be inverted at β = 0: in the last quarter of the way back (from (3/4, 1/4), in
 * eighths) sub-blocks of a DL4J chain keep their inputs, as with {@link ChainMode#CHECKPOINT}, and a step's peak is that of a checkpointed network. A
 * SameDiff chain has one form for the whole training: there, a way back is for CHECKPOINT and STORE.
 *
 * <p>The start is the paper's up to rounding (β = 1/8 for 0.1, a power of two); the end, the fraction and the shape are not published. Defaults: to
 * (3/4, 1/4), on the line α + β = 1, which preserves the streams' scale, over the first 40 % of the training.
 *
 * <p>Where to end. Chains are nearer to the pretrained network the smaller β is: the cosine of MiniLM's features to those of the pretrained one is 0.98 at
 * (7/8, 1/8), 0.93 at (3/4, 1/4), 0.76 at (1/2, 1/2), 0.48 at (1/4, 3/4), and what is far has to be learnt again. Exact streams come back at any β and keep
 * 3, 2, 1 and 1 side bits there; the start keeps 3, so no end makes a training's peak higher. Floating-point streams lose digits at a small β and keep
 * more states for it: end at (1/4, 3/4) with them, {@code alphaEnd(0.25).betaEnd(0.75)}.
 * Source: Dr²Net, arXiv 2401.04105; other forms: {@link ChainForm}.
 *
 * <pre>{@code
 * CoefficientSchedule.builder().totalIterations(2000).build();   // dynamic
 * CoefficientSchedule.constant(0, 1);                            // RevNet, Re2TAL
 * CoefficientSchedule.momentum(0.875);                           // Momentum ResNet
 * CoefficientSchedule.randomSigns(0.125);                        // reversible in training, the plain network in inference
 * CoefficientSchedule.linear(1, 0.125, 0.75, 0.25, 800);         // over the first 800 steps
 * }</pre>
 *
 * @since 0.1.0
 */
@Data
@Builder(toBuilder = true)
@NoArgsConstructor(access = AccessLevel.PRIVATE)
@AllArgsConstructor(access = AccessLevel.PRIVATE)
public final class CoefficientSchedule implements Serializable {

    private static final long serialVersionUID = 1L;

    private static final int EIGHTHS = 8;

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
    private double alphaEnd = 0.75;

    @Builder.Default
    private double betaEnd = 0.25;

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

    /** Share of the training, at its end, over which the coefficients go to (1, 0); 0 for none. */
    private double returnFraction;

    /** How α and β are used; β is γ in the forms that have one. */
    @Builder.Default
    private ChainForm form = ChainForm.DUAL_RESIDUAL;

    /** Three numbers a row of a course that is no formula, or null. */
    @Getter(AccessLevel.NONE)
    @Setter(AccessLevel.NONE)
    @JsonProperty
    @JsonInclude(JsonInclude.Include.NON_NULL)
    private long @Nullable [] table;

    /** From (1, 1/8) to (3/4, 1/4) over the first 40 % of a training of so many optimizer steps. */
    public static CoefficientSchedule over(int steps) {
        return builder().totalIterations(steps).build();
    }

    /** The same coefficients for ever. */
    public static CoefficientSchedule constant(double alpha, double beta) {
        return builder()
                .alphaStart(alpha)
                .betaStart(beta)
                .alphaEnd(alpha)
                .betaEnd(beta)
                .build();
    }

    /**
     * The momentum form for ever (Momentum ResNet, arXiv 2102.07870): v' = γ·v + (1 − γ)·F(x), x' = x + v', which is x' = (1 − γ)·F(x) + α·x + y,
     * y' = β·x with (α, β) = (1 + γ, −γ), as every negative β has. The first velocity is 0 with {@link StreamStart#BETA_X0}. Side bits of exact
     * streams: 1 per element and sub-block for γ ≥ ½, 2 for γ ≥ ¼.
     *
     * @param gamma in (0, 1); rounded to the nearest 1/16
     */
    public static CoefficientSchedule momentum(double gamma) {
        return ScheduleFormula.constant(ChainForm.DUAL_RESIDUAL, true, gamma, "momentum");
    }

    /**
     * {@link ChainForm#TWO_STEP} for ever, in training and in inference. Side bits of exact streams are those of β = γ: none at 1, the midpoint method.
     *
     * @param gamma in (0, 1]; rounded to the nearest 1/16
     */
    public static CoefficientSchedule twoStep(double gamma) {
        return ScheduleFormula.constant(ChainForm.TWO_STEP, false, gamma, "γ");
    }

    /**
     * {@link ChainForm#RANDOM_SIGNS} for ever: γ = ±gamma sample by sample in training, 0 in inference, where the chain is, to rounding, the network that
     * it was made from, at any step; restored, it computes the same. Exact gradients. Signs are a function of the network's seed, the chain's name and
     * updates, the sub-block and the sample's place in the batch. Side bits: 3 per element and sub-block at 1/8, 2 at 1/4, 1 at 1/2.
     *
     * @param gamma in (0, 1); rounded to the nearest 1/16; ½ in BDIA, smaller to fine-tune
     */
    public static CoefficientSchedule randomSigns(double gamma) {
        return ScheduleFormula.constant(ChainForm.RANDOM_SIGNS, false, gamma, "γ");
    }

    /** From the first pair to the second over so many iterations, then the second, to the nearest eighth, halves to the even one. */
    public static CoefficientSchedule linear(double alpha0, double beta0, double alpha1, double beta1, int iterations) {
        return sampled(EIGHTHS, iterations, i -> {
            double s = iterations == 0 ? 1 : (double) i / iterations;
            return new double[] {alpha0 + s * (alpha1 - alpha0), beta0 + s * (beta1 - beta0)};
        });
    }

    /**
     * Any course.
     *
     * @param q          denominator to round to, halves to the even numerator
     * @param iterations after which nothing changes any more
     * @param course     (α, β) of iterations 0 to {@code iterations}
     */
    public static CoefficientSchedule sampled(int q, int iterations, IntFunction<double[]> course) {
        return of(CoefficientTable.sampled(q, iterations, course));
    }

    /** A course by its changes. */
    public static CoefficientSchedule of(CoefficientTable table) {
        Coefficients first = table.at(0);
        Coefficients last = table.at(Long.MAX_VALUE);
        CoefficientSchedule schedule = builder()
                .alphaStart(first.alpha())
                .betaStart(first.beta())
                .alphaEnd(last.alpha())
                .betaEnd(last.beta())
                .steps(table.q())
                .form(table.form())
                .build();
        schedule.table = table.numbers();
        return schedule;
    }

    /** Whether this is no formula but a {@link #table} that was given. */
    public boolean hasTable() {
        return table != null;
    }

    /** The same course, which changes to this one do not reach. */
    public CoefficientSchedule copy() {
        return table == null ? toBuilder().build() : of(given());
    }

    /** The same course as a table of its changes. */
    public CoefficientTable table() {
        if (table != null) {
            return given();
        }
        validate();
        return CoefficientTable.of(steps, form, Math.max(0, totalIterations), this::at);
    }

    /** Whether this is the momentum form in any step. */
    public boolean hasMomentum() {
        return table == null ? new ScheduleFormula(this).hasMomentum() : given().hasMomentum();
    }

    /** Throws an error that names the invariant if the schedule cannot work. */
    public void validate() {
        if (table == null) {
            new ScheduleFormula(this).check();
        } else {
            given();
        }
    }

    private CoefficientTable given() {
        return CoefficientTable.of(steps, form, table);
    }

    /** The coefficients of inference when so many steps have been made: those of the step to come, but (1, 0) where signs are random. */
    public Coefficients inference(long iteration) {
        return form.inference(at(iteration));
    }

    /** The coefficients of the training step with this number, the first being 0. */
    public Coefficients at(long iteration) {
        return table == null
                ? new ScheduleFormula(this).at(iteration)
                : CoefficientTable.at(iteration, steps, form, table);
    }

    /** The smallest |β| of the schedule but for the way back: 0 cannot be inverted. */
    public double smallestBeta() {
        return table == null ? new ScheduleFormula(this).smallestBeta() : given().smallestBeta();
    }

    /** Builds one that is a formula. */
    public static class CoefficientScheduleBuilder {
        private CoefficientScheduleBuilder table(long... numbers) {
            this.table = numbers;
            return this;
        }
    }
}
