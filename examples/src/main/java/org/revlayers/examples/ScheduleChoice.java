package org.revlayers.examples;

import org.revlayers.chain.CoefficientSchedule;
import picocli.CommandLine.Option;

/** What can be said on the command line about the coefficients of methods with reversible chains. */
public final class ScheduleChoice {

    @Option(
            names = "--end",
            split = ",",
            paramLabel = "ALPHA,BETA",
            description = {
                "reversible: alpha and beta at the end of the schedule, and of reversible-fixed all the time, in eighths (default",
                "0.75,0.25; a smaller beta is nearer to the pretrained network)"
            })
    private double[] end;

    /** Throws an error that names what is wrong. */
    public void check() {
        if (end == null) {
            return;
        }
        if (end.length != 2) {
            throw new IllegalArgumentException("--end is two numbers, such as 0.5,0.5; got " + end.length);
        }
        if (end[1] <= 0) {
            throw new IllegalArgumentException(
                    "--end needs beta above 0, for chains come back by dividing by it; got " + end[1]);
        }
        try {
            of(1).validate();
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("--end: " + e.getMessage(), e);
        }
    }

    /** The schedule of a training of so many steps. */
    public CoefficientSchedule of(int steps) {
        CoefficientSchedule.CoefficientScheduleBuilder schedule =
                CoefficientSchedule.builder().totalIterations(steps);
        return (end == null ? schedule : schedule.alphaEnd(end[0]).betaEnd(end[1])).build();
    }
}
