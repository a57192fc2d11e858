package org.revlayers.examples.shared;

import java.util.List;
import org.revlayers.reversible.CoefficientSchedule;
import picocli.CommandLine.Option;

/** What can be said on the command line about the method reversible-random. */
public final class GammaChoice {

    private static final String NAME = "--gamma";

    @Option(
            names = NAME,
            description = {
                "reversible-random: gamma of every sub-block and sample is plus or minus this in training, at random, and 0 in inference, in sixteenths",
                "(default ${DEFAULT-VALUE}; 1/16, 1/8, 1/4 and 1/2 keep 4, 3, 2 and 1 bits per element and sub-block)"
            })
    private double gamma = 0.125;

    /** Throws an error that names what is wrong. */
    public void check() {
        UsageException.unless(
                gamma * 16 == Math.rint(gamma * 16) && gamma > 0 && gamma < 1,
                NAME + " is in sixteenths, from 0.0625 to 0.9375, such as 0.125; got " + gamma);
    }

    /** The options that there are. */
    public static String[] names() {
        return new String[] {NAME};
    }

    /** The same on a command line. */
    public List<String> arguments() {
        return List.of(NAME + "=" + gamma);
    }

    /** The schedule of any training. */
    public CoefficientSchedule schedule() {
        return CoefficientSchedule.randomSigns(gamma);
    }
}
