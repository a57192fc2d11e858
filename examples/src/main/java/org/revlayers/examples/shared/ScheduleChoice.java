package org.revlayers.examples.shared;

import org.revlayers.reversible.CoefficientSchedule;
import picocli.CommandLine.Option;

/** What can be said on the command line about the coefficients of methods with reversible chains. */
public final class ScheduleChoice {

    /** Coefficients are multiples of this. */
    private static final double STEP = 0.125;

    /** None is larger. */
    private static final double LARGEST = 4;

    @Option(
            names = "--start",
            split = ",",
            paramLabel = "ALPHA,BETA",
            description = {
                "reversible, and plan with --allow new-function: alpha and beta at the start of the schedule, in eighths",
                "(default 1,0.125, the paper's; 0.875,0.125 is nearer to a pretrained network, and comes no further)"
            })
    private double[] start;

    @Option(
            names = "--end",
            split = ",",
            paramLabel = "ALPHA,BETA",
            description = {
                "reversible, and plan with --allow new-function: alpha and beta at the end of the schedule, and of reversible-fixed",
                "all the time, in eighths (default 0.75,0.25; a smaller beta is nearer to the pretrained network)"
            })
    private double[] end;

    @Option(
            names = "--return",
            paramLabel = "FRACTION",
            description = {
                "reversible: over this last share of the training alpha and beta go to (1, 0), where the plain network computes the same",
                "(default 0: they stay at the end)"
            })
    private double back;

    /** Throws an error that names what is wrong. */
    public void check() {
        if (!(back >= 0 && back <= 0.5)) {
            throw new UsageException("--return is a share of the training from 0 to 0.5, not " + back);
        }
        checkPair("--start", "0.875,0.125", start);
        checkPair("--end", "0.5,0.5", end);
        try {
            of(1).validate();
        } catch (IllegalArgumentException e) {
            throw new UsageException((start == null ? "--end: " : "--start and --end: ") + e.getMessage());
        }
    }

    private static void checkPair(String option, String example, double... pair) {
        if (pair != null) {
            requirePair(option + " is", example, pair);
            UsageException.unless(
                    pair[1] > 0,
                    option + " needs beta above 0, for chains come back by dividing by it; got " + pair[1]);
        }
    }

    /**
     * Throws unless these are alpha and beta as chains can have them.
     *
     * @param optionIs the option with its verb, for the message
     * @param example  a good value, for the message
     */
    public static void requirePair(String optionIs, String example, double... pair) {
        UsageException.unless(pair.length == 2, optionIs + " two numbers, such as " + example + "; got " + pair.length);
        for (double c : pair) {
            UsageException.unless(
                    Math.abs(c) <= LARGEST && c / STEP == Math.rint(c / STEP),
                    optionIs + " in eighths up to " + LARGEST + ", such as " + example + "; got " + c);
        }
    }

    /** Whether anything was said that is of a training's length. */
    public boolean isGiven() {
        return end != null || back != 0;
    }

    /** The schedule of a training of so many steps; of one of unknown length, 0, the start for ever. */
    public CoefficientSchedule over(int steps) {
        CoefficientSchedule course = of(Math.max(1, steps));
        return steps == 0 ? CoefficientSchedule.constant(course.getAlphaStart(), course.getBetaStart()) : course;
    }

    /** The schedule of a training of so many steps. */
    public CoefficientSchedule of(int steps) {
        CoefficientSchedule.CoefficientScheduleBuilder schedule =
                CoefficientSchedule.builder().totalIterations(steps).returnFraction(back);
        if (start != null) {
            schedule.alphaStart(start[0]).betaStart(start[1]);
        }
        return (end == null ? schedule : schedule.alphaEnd(end[0]).betaEnd(end[1])).build();
    }
}
