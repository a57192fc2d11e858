package org.revlayers.op;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/**
 * α and β of a {@link RevChain} over the training, in steps of 1/q: a table of the iterations at which they change.
 *
 * <p>The iteration is the training configuration's count, which is saved with the graph, so a resumed training goes on where it was, and
 * coefficients never change between a forward and its backward. {@code SameDiff.output} uses those of the current count.
 *
 * <pre>{@code
 * ChainCoefficients.constant(0, 1);                              // RevNet, Re2TAL
 * ChainCoefficients.linear(1, 0.125, 0.75, 0.25, 800);           // Dr2Net, over the first 800 steps
 * ChainCoefficients.momentum(0.875);                             // Momentum ResNet
 * ChainCoefficients.sampled(8, 800, i -> new double[] {1 - i / 1600.0, i / 1600.0 + 0.125});
 * }</pre>
 *
 * @param q    denominator: 1, 2, 4, 8 or 16
 * @param rows in ascending order of their first iteration, the first of which is 0
 */
public record ChainCoefficients(int q, List<Row> rows) {

    private static final int EIGHTHS = 8;
    private static final int SIXTEENTHS = 16;

    /** From an iteration on: α = a/q, β = b/q. */
    public record Row(long from, int a, int b) {
        private String text(int q) {
            return "α = " + a + "/" + q + ", β = " + b + "/" + q;
        }
    }

    /**
     * α = a/q and β = b/q of one step: x' = w·F(x) + α·x + y, y' = β·x. The weight w is 1, but 1 + β where β &lt; 0.
     *
     * @param a numerator of α
     * @param b numerator of β
     * @param q denominator
     */
    public record Pair(int a, int b, int q) {
        double alpha() {
            return (double) a / q;
        }

        double beta() {
            return (double) b / q;
        }

        /** For a sub-function whose pretrained network has no edge around it. */
        Pair withoutAlpha() {
            return new Pair(0, b, q);
        }

        /** Numerator of |β|, which side bits depend on. */
        int magnitude() {
            return Math.abs(b);
        }

        /** Weight of F: 1 − γ in the momentum form, else 1. */
        double weight() {
            return b < 0 ? 1 + beta() : 1;
        }

        double errorGrowth() {
            return ChainCoefficients.errorGrowth(alpha(), beta());
        }
    }

    /**
     * The factor by which an error grows with every sub-function that is inverted in floating point: 2 / |√(α² + 4β) − α|, one over the smaller
     * root of r² = α·r + β, both of which have magnitude √−β if they are complex; 1/γ in the momentum form.
     */
    public static double errorGrowth(double alpha, double beta) {
        double square = alpha * alpha + 4 * beta;
        return square < 0 ? 1 / Math.sqrt(-beta) : 2 / Math.abs(Math.sqrt(square) - alpha);
    }

    /** Checks the bounds. */
    public ChainCoefficients {
        rows = List.copyOf(rows);
        require(q >= 1 && q <= 16 && Integer.bitCount(q) == 1, "a denominator of 1, 2, 4, 8 or 16, not " + q);
        require(!rows.isEmpty() && rows.get(0).from() == 0, "a first row for iteration 0");
        for (int i = 0; i < rows.size(); i++) {
            Row row = rows.get(i);
            require(i == 0 || row.from() > rows.get(i - 1).from(), "rows in ascending order");
            require(
                    row.a() >= 0 && row.a() <= 4 * q && row.b() > -q && row.b() <= q,
                    "0 <= α <= 4 and -1 < β <= 1, not " + row.text(q));
            require(
                    row.b() >= 0 || row.a() == q - row.b(),
                    "α = 1 − β where β < 0, which is the momentum form, not " + row.text(q) + ": use momentum(γ)");
        }
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new IllegalArgumentException("coefficients of a chain need " + what);
        }
    }

    /** The same for ever, to the nearest eighth. */
    public static ChainCoefficients constant(double alpha, double beta) {
        return sampled(EIGHTHS, 0, i -> new double[] {alpha, beta});
    }

    /**
     * The momentum form (Momentum ResNet, arXiv 2102.07870) for ever: v' = γ·v + (1 − γ)·F(x), x' = x + v', which is x' = (1 − γ)·F(x) + α·x + y,
     * y' = β·x with (α, β) = (1 + γ, −γ). Every negative β is one of this form, so {@link #linear} from one to another moves γ.
     *
     * @param gamma in (0, 1), to the nearest sixteenth
     */
    public static ChainCoefficients momentum(double gamma) {
        require(
                gamma * SIXTEENTHS > 0.5 && gamma * SIXTEENTHS < SIXTEENTHS - 0.5,
                "a momentum of 1/16 to 15/16, not " + gamma);
        return sampled(SIXTEENTHS, 0, i -> new double[] {1 + gamma, -gamma});
    }

    /** From the first pair to the second over so many iterations, then the second, to the nearest eighth. */
    public static ChainCoefficients linear(double alpha0, double beta0, double alpha1, double beta1, int iterations) {
        return sampled(EIGHTHS, iterations, i -> {
            double s = iterations == 0 ? 1 : (double) i / iterations;
            return new double[] {alpha0 + s * (alpha1 - alpha0), beta0 + s * (beta1 - beta0)};
        });
    }

    /**
     * Any course.
     *
     * @param q          denominator to round to
     * @param iterations after which nothing changes any more
     * @param course     (α, β) of iterations 0 to {@code iterations}
     */
    public static ChainCoefficients sampled(int q, int iterations, IntFunction<double[]> course) {
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i <= iterations; i++) {
            double[] c = course.apply(i);
            require(
                    c.length == 2 && Double.isFinite(c[0]) && Double.isFinite(c[1]),
                    "two finite numbers per iteration");
            Row row = new Row(i, (int) Math.rint(c[0] * q), (int) Math.rint(c[1] * q));
            Row last = rows.isEmpty() ? null : rows.get(rows.size() - 1);
            if (last == null || last.a() != row.a() || last.b() != row.b()) {
                rows.add(row);
            }
        }
        return new ChainCoefficients(q, rows);
    }

    /** Those of an iteration. */
    public Pair at(long iteration) {
        Row row = rows.get(0);
        for (Row next : rows) {
            if (next.from() <= iteration) {
                row = next;
            }
        }
        return new Pair(row.a(), row.b(), q);
    }

    /** Whether β is never 0, so that the chain can be inverted. */
    public boolean invertible() {
        return rows.stream().allMatch(r -> r.b() != 0);
    }

    /** Whether this is the momentum form in any iteration. */
    public boolean hasMomentum() {
        return rows.stream().anyMatch(r -> r.b() < 0);
    }
}
