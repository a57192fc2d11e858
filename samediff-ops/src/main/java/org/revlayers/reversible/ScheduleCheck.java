package org.revlayers.reversible;

/** What must hold of a {@link CoefficientSchedule} that is a formula. */
final class ScheduleCheck {

    private ScheduleCheck() {}

    static void check(CoefficientSchedule schedule) {
        double alpha0 = schedule.getAlphaStart();
        double beta0 = schedule.getBetaStart();
        double alpha1 = schedule.getAlphaEnd();
        double beta1 = schedule.getBetaEnd();
        for (double c : new double[] {alpha0, beta0, alpha1, beta1}) {
            require(Double.isFinite(c), "α and β must be finite, not " + c);
        }
        require(
                !schedule.hasMomentum() || isMomentum(alpha0, beta0) && isMomentum(alpha1, beta1),
                "β < 0 is the momentum form, which has α = 1 − β and β <= 0 at both ends; got (" + alpha0 + ", " + beta0
                        + ") and (" + alpha1 + ", " + beta1 + "): use momentum(γ)");
        Coefficients.nearest(alpha0, beta0, schedule.getSteps());
        Coefficients.nearest(alpha1, beta1, schedule.getSteps());
        double end = schedule.getEndFraction();
        double back = schedule.getReturnFraction();
        require(end > 0 && end <= 1, "0 < endFraction <= 1 must hold, not " + end);
        require(
                back >= 0 && back < 1 && (schedule.stays() || end + back <= 1),
                "0 <= returnFraction <= 1 - endFraction must hold, not " + back + " beside " + end);
        require(
                schedule.getTotalIterations() > 0 || schedule.stays() && back == 0,
                "a schedule that moves needs the optimizer steps of the whole training: set totalIterations(epochs ·"
                        + " batches), or use CoefficientSchedule.constant");
    }

    private static boolean isMomentum(double alpha, double beta) {
        return beta <= 0 && Math.abs(alpha - (1 - beta)) < 1e-9;
    }

    static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException("coefficient schedule: " + message);
        }
    }
}
