package org.revlayers.reversible;

/** A {@link CoefficientSchedule} that is a formula of the iteration, and no table. */
record ScheduleFormula(CoefficientSchedule schedule) {

    private static final int SIXTEENTHS = 16;

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
        if (hasMomentum() || isTwoStep()) {
            int gamma = (int) Math.round(Math.abs(beta) * steps) * (hasMomentum() ? -1 : 1);
            return new Coefficients(steps - gamma, gamma, steps, schedule.getForm());
        }
        return Coefficients.nearest(alpha, beta, steps);
    }

    /** How far the way back has been gone, 0 to 1. */
    private double returned(long iteration) {
        int total = schedule.getTotalIterations();
        double way = schedule.getReturnFraction() * total;
        return way == 0 ? 0 : Math.min(1, Math.max(0, (iteration - total + way) / way));
    }

    private boolean isTwoStep() {
        return schedule.getForm() != ChainForm.DUAL_RESIDUAL;
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
                isTwoStep() || !hasMomentum() || isMomentum(alpha0, beta0) && isMomentum(alpha1, beta1),
                "β < 0 is the momentum form, which has α = 1 − β and β <= 0 at both ends; got (" + alpha0 + ", " + beta0
                        + ") and (" + alpha1 + ", " + beta1 + "): use momentum(γ)");
        double most = schedule.getForm() == ChainForm.RANDOM_SIGNS ? 1 - 1e-9 : 1;
        require(
                !isTwoStep() || isTwoStep(alpha0, beta0, most) && isTwoStep(alpha1, beta1, most),
                "the form " + schedule.getForm() + " has α = 1 − γ and β = γ at both ends, γ above 0 and "
                        + (most < 1 ? "below 1" : "at most 1") + "; got (" + alpha0 + ", " + beta0 + ") and (" + alpha1
                        + ", " + beta1 + "): use twoStep(γ) or randomSigns(γ)");
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

    private static boolean isTwoStep(double alpha, double beta, double most) {
        return beta > 0 && beta <= most && Math.abs(alpha - (1 - beta)) < 1e-9;
    }

    /**
     * The same γ for ever.
     *
     * @param name of γ, for messages
     */
    static CoefficientSchedule constant(ChainForm form, boolean negative, double gamma, String name) {
        int most = form == ChainForm.TWO_STEP ? SIXTEENTHS : SIXTEENTHS - 1;
        require(
                gamma * SIXTEENTHS > 0.5 && gamma * SIXTEENTHS < most + 0.5,
                name + " is a multiple of 1/16, 1/16 to " + most + "/16: choose one, not " + gamma);
        double near = (double) Math.round(gamma * SIXTEENTHS) / SIXTEENTHS * (negative ? -1 : 1);
        CoefficientSchedule schedule = CoefficientSchedule.constant(1 - near, near);
        schedule.setSteps(SIXTEENTHS);
        schedule.setForm(form);
        return schedule;
    }

    static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException("coefficient schedule: " + message);
        }
    }
}
