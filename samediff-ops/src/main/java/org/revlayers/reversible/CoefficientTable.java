package org.revlayers.reversible;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.LongFunction;

/**
 * The iterations at which a chain's coefficients change, and to what: any course that a {@link CoefficientSchedule} can have, in the form in which a
 * SameDiff graph holds it.
 *
 * @param q    denominator: 1, 2, 4, 8 or 16
 * @param form of the chain
 * @param rows in ascending order of their first iteration, the first of which is 0
 * @since 0.1.0
 */
public record CoefficientTable(int q, ChainForm form, List<Row> rows) {

    private static final int NUMBERS = 3;
    private static final String FIRST_ROW = "has a first row for iteration 0";

    /** From an iteration on: α = a/q, β = b/q. */
    public record Row(long from, int a, int b) {
        private String text(int q) {
            return "α = " + a + "/" + q + ", β = " + b + "/" + q;
        }
    }

    /** Checks the bounds. */
    public CoefficientTable {
        rows = List.copyOf(rows);
        require(!rows.isEmpty() && rows.get(0).from() == 0, FIRST_ROW);
        for (int i = 0; i < rows.size(); i++) {
            Row row = rows.get(i);
            require(i == 0 || row.from() > rows.get(i - 1).from(), "has rows in ascending order");
            Coefficients c = new Coefficients(row.a(), row.b(), q);
            boolean unit = c.a() == q - c.b();
            require(
                    c.b() >= 0 || unit,
                    "has α = 1 − β where β < 0, which is the momentum form, not " + row.text(q) + ": use momentum(γ)");
            require(
                    form == ChainForm.DUAL_RESIDUAL || c.b() >= 0 && unit,
                    "has β >= 0 and α = 1 − β in the form " + form + ", not " + row.text(q) + ": choose such a row");
        }
    }

    /** Of the form that Dr²Net has. */
    public CoefficientTable(int q, List<Row> rows) {
        this(q, ChainForm.DUAL_RESIDUAL, rows);
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new IllegalArgumentException("a table of coefficients " + what);
        }
    }

    /** From 3 numbers a row. */
    static CoefficientTable of(int q, ChainForm form, long... numbers) {
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i + NUMBERS <= numbers.length; i += NUMBERS) {
            rows.add(new Row(numbers[i], Math.toIntExact(numbers[i + 1]), Math.toIntExact(numbers[i + 2])));
        }
        return new CoefficientTable(q, form, rows);
    }

    /** As {@link #at(long)}, from 3 numbers a row. */
    static Coefficients at(long iteration, int q, ChainForm form, long... numbers) {
        require(numbers.length >= NUMBERS, FIRST_ROW);
        int row = 0;
        for (int next = NUMBERS; next + NUMBERS <= numbers.length && numbers[next] <= iteration; next += NUMBERS) {
            row = next;
        }
        return new Coefficients(Math.toIntExact(numbers[row + 1]), Math.toIntExact(numbers[row + 2]), q, form);
    }

    /** 3 numbers a row. */
    long[] numbers() {
        return rows.stream()
                .flatMapToLong(r -> java.util.stream.LongStream.of(r.from(), r.a(), r.b()))
                .toArray();
    }

    /** Of a course that is (α, β) in iterations 0 to {@code iterations}, halves rounded to the even numerator. */
    static CoefficientTable sampled(int q, int iterations, IntFunction<double[]> course) {
        return of(q, ChainForm.DUAL_RESIDUAL, iterations, i -> {
            double[] c = course.apply((int) i);
            require(c.length == 2 && Double.isFinite(c[0]) && Double.isFinite(c[1]), "has two finite numbers a row");
            return new Coefficients((int) Math.rint(c[0] * q), (int) Math.rint(c[1] * q), q);
        });
    }

    /** Of the coefficients in iterations 0 to {@code iterations}. */
    static CoefficientTable of(int q, ChainForm form, int iterations, LongFunction<Coefficients> course) {
        List<Row> rows = new ArrayList<>();
        Coefficients last = null;
        for (int i = 0; i <= iterations; i++) {
            Coefficients c = course.apply(i);
            if (!c.equals(last)) {
                rows.add(new Row(i, c.a(), c.b()));
                last = c;
            }
        }
        return new CoefficientTable(q, form, rows);
    }

    /** Those of an iteration. */
    public Coefficients at(long iteration) {
        Row row = rows.get(0);
        for (Row next : rows) {
            if (next.from() <= iteration) {
                row = next;
            }
        }
        return new Coefficients(row.a(), row.b(), q, form);
    }

    /** Those of inference in an iteration. */
    public Coefficients inference(long iteration) {
        return form.inference(at(iteration));
    }

    /** Whether β is never 0, so that the chain can be inverted in every iteration. */
    public boolean invertible() {
        return smallestBeta() > 0;
    }

    /** Whether this is the momentum form in any iteration. */
    public boolean hasMomentum() {
        return rows.stream().anyMatch(row -> row.b() < 0);
    }

    /** The smallest |β|. */
    double smallestBeta() {
        return rows.stream().mapToInt(row -> Math.abs(row.b())).min().orElse(0) / (double) q;
    }
}
