package org.revlayers.examples.finetune;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.revlayers.reversible.ChainForm;
import org.revlayers.reversible.Coefficients;

/**
 * How α and β of a training's chains moved.
 *
 * @param changes the first step of this process and every one with other coefficients than the one before
 * @param last    number of the last step
 */
record CoefficientChanges(List<TrainingStep> changes, int last) {

    /** Of a result with steps that have coefficients. */
    static CoefficientChanges of(Result result) {
        List<TrainingStep> changes = new ArrayList<>();
        for (TrainingStep step : result.steps()) {
            if (changes.isEmpty()
                    || !step.coefficients()
                            .equals(changes.get(changes.size() - 1).coefficients())) {
                changes.add(step);
            }
        }
        return new CoefficientChanges(
                changes, result.steps().get(result.steps().size() - 1).number());
    }

    /** Whether a result has coefficients: of chains that reverse, in steps of this process. */
    static boolean has(Result result) {
        return !result.steps().isEmpty() && result.steps().get(0).coefficients() != null;
    }

    /** As in "(alpha, beta) from (1, 1/8) to (1/4, 3/4) over the first 101 of 252 steps"; ASCII, for any terminal. */
    String words() {
        TrainingStep first = changes.get(0);
        TrainingStep end = changes.get(changes.size() - 1);
        boolean whole = first.number() == 1;
        if (end.coefficients().form() == ChainForm.RANDOM_SIGNS) {
            Coefficients c = end.coefficients();
            return "gamma = " + fraction(c.b(), c.q())
                    + " with a random sign for each sample and sub-block in training, 0 in inference";
        }
        if (changes.size() == 1) {
            return "(alpha, beta) = " + pair(end)
                    + (whole ? " in all " + last + " steps" : " in steps " + first.number() + " to " + last);
        }
        return "(alpha, beta) from " + pair(first) + " to " + pair(end) + " over "
                + (whole ? "the first " + end.number() : "steps " + first.number() + " to " + end.number()) + " of "
                + last + " steps";
    }

    /** {@code [{"step":1,"alpha":1,"beta":0.125},…]}: each with the number of the first step that had it. */
    String toJson() {
        List<String> items = changes.stream()
                .map(s -> String.format(
                        Locale.ROOT,
                        "{\"step\":%d,\"alpha\":%s,\"beta\":%s}",
                        s.number(),
                        s.coefficients().alpha(),
                        s.coefficients().beta()))
                .toList();
        return "[" + String.join(",", items) + "]";
    }

    private static String pair(TrainingStep step) {
        Coefficients c = step.coefficients();
        return "(" + fraction(c.a(), c.q()) + ", " + fraction(c.b(), c.q()) + ")";
    }

    /** In lowest terms. */
    private static String fraction(int over, int under) {
        int a = over;
        int q = under; // a power of two
        while (a % 2 == 0 && q > 1) {
            a /= 2;
            q /= 2;
        }
        return q == 1 ? Integer.toString(a) : a + "/" + q;
    }
}
