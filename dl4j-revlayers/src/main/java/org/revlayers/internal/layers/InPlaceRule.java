package org.revlayers.internal.layers;

import org.revlayers.function.InPlaceFunction;

/**
 * How a batch normalisation and the function behind it become one layer that backward computes from its output.
 *
 * @param function         behind it
 * @param slope            of a leaky ReLU; any above 0 for others
 * @param frozenStatistics whether training normalises with the running mean and variance, too, which stand still then
 */
public record InPlaceRule(InPlaceFunction function, double slope, boolean frozenStatistics) {

    /** Of a leaky ReLU, if nothing else is said; as in the paper's code. */
    public static final double SLOPE = 0.01;

    /** Throws unless backward can be computed so. */
    public InPlaceRule {
        slope(slope);
        if (function == null) {
            throw new IllegalArgumentException(
                    "the function of an in-place batch normalisation is null: give InPlaceFunction.IDENTITY for none");
        }
        if (function == InPlaceFunction.RELU && !frozenStatistics) {
            throw new IllegalArgumentException(
                    "an in-place batch normalisation with a ReLU needs frozen statistics: those"
                            + " of the batch need what the ReLU has cut off: set frozenStatistics(true), or take LEAKY_RELU or ELU");
        }
    }

    /** The slope, unless a leaky ReLU with it could not be inverted. */
    public static double slope(double slope) {
        if (!(slope > 0 && Double.isFinite(slope))) {
            throw new IllegalArgumentException(
                    "a leaky ReLU is inverted in backward, so its slope is above 0 and finite;" + " got " + slope
                            + ": choose " + SLOPE + ", say");
        }
        return slope;
    }

    /** Statistics and a function as they are in inference. */
    public static InPlaceRule frozen(InPlaceFunction function) {
        return new InPlaceRule(function, SLOPE, true);
    }
}
