package org.revlayers.internal.inner;

import org.revlayers.function.InPlaceFunction;
import org.revlayers.internal.layers.InPlaceRule;

/**
 * What a container makes of DL4J's batch normalisations inside that learn.
 *
 * @param slope of the leaky ReLU that a ReLU behind one becomes; 0 for frozen statistics and functions as they are
 */
public record InPlaceNorms(double slope) {

    /** With frozen statistics. */
    public static final InPlaceNorms FROZEN = new InPlaceNorms(0);

    /**
     * Of one.
     *
     * @param relu whether a ReLU is behind it
     * @return null for one that stays as it is
     */
    InPlaceRule rule(boolean relu) {
        if (slope == 0) {
            return InPlaceRule.frozen(relu ? InPlaceFunction.RELU : InPlaceFunction.IDENTITY);
        }
        return relu ? new InPlaceRule(InPlaceFunction.LEAKY_RELU, slope, false) : null;
    }
}
