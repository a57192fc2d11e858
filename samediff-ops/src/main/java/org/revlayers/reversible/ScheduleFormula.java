package org.revlayers.reversible;

/** A {@link CoefficientSchedule} that is a formula of the iteration, and no table. */
record ScheduleFormula(CoefficientSchedule schedule) {

    /** The coefficients of the step with this number. */
    Coefficients at(long iteration) {
        double s = stays()
                ? 0
                : Math.min(1, Math.max(0, iteration / (schedule.getEndFraction() * schedule.getTotalIterations())));
        double t = schedule.getShape() == CoefficientSchedule.Shape.COSINE ? (1 - Math.cos(Math.PI * s)) / 2 : s;
        double alpha = schedule.getAlphaStart() + t * (schedule.getAlphaEnd() - schedule.getAlphaStart());
        double beta = schedule.getBetaStart() + t * (schedule.getBetaEnd() - schedule.getBetaStart());
        double back = returned(iteration);
        alpha += back * (1 - alpha);
        beta -= back * beta;
        int steps = schedule.getSteps();
        if (hasMomentum()) {
            int gamma = (int) Math.round(-beta * steps);
            return new Coefficients(steps + gamma, -gamma, steps);
        }
        return Coefficients.nearest(alpha, beta, steps);
    }

    /** How far the way back has been gone, 0 to 1. */
    private double returned(long iteration) {
        int total = schedule.getTotalIterations();
        double way = schedule.getReturnFraction() * total;
        return way == 0 ? 0 : Math.min(1, Math.max(0, (iteration - total + way) / way));
    }

    boolean hasMomentum() {
        return schedule.getBetaStart() < 0 || schedule.getBetaEnd() < 0;
    }

    /** The smallest |β| but for the way back. */
    double smallestBeta() {
        double least = Math.min(Math.abs(schedule.getBetaStart()), Math.abs(schedule.getBetaEnd()));
        return (double) Math.round(least * schedule.getSteps()) / schedule.getSteps();
    }

    private boolean stays() {
        return schedule.getAlphaStart() == schedule.getAlphaEnd() && schedule.getBetaStart() == schedule.getBetaEnd();
    }

    /** Throws an error that names the invariant if it cannot work. */
    void check() {
        double alpha0 = schedule.getAlphaStart();
        double beta0 = schedule.getBetaStart();
        double alpha1 = schedule.getAlphaEnd();
        double beta1 = schedule.getBetaEnd();
        for (double c : new double[] {alpha0, beta0, alpha1, beta1}) {
            require(Double.isFinite(c), "α and β must be finite, not " + c);
        }
        require(
                !hasMomentum() || isMomentum(alpha0, beta0) && isMomentum(alpha1, beta1),
                "β < 0 is the momentum form, which has α = 1 − β and β <= 0 at both ends; got (" + alpha0 + ", " + beta0
                        + ") and (" + alpha1 + ", " + beta1 + "): use momentum(γ)");
        Coefficients.nearest(alpha0, beta0, schedule.getSteps());
        Coefficients.nearest(alpha1, beta1, schedule.getSteps());
        double end = schedule.getEndFraction();
        double back = schedule.getReturnFraction();
        require(end > 0 && end <= 1, "0 < endFraction <= 1 must hold, not " + end);
        require(
                back >= 0 && back < 1 && (stays() || end + back <= 1),
                "0 <= returnFraction <= 1 - endFraction must hold, not " + back + " beside " + end);
        require(
                schedule.getTotalIterations() > 0 || stays() && back == 0,
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
