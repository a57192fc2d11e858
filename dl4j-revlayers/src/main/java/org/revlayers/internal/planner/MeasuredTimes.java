package org.revlayers.internal.planner;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.revlayers.plan.Answer;
import org.revlayers.plan.Exactness;

/** What is known of the times of a unit's answers without a clock, so that a plan does not rest on noise. */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
final class MeasuredTimes {

    /** By how much more than storing an answer counts that has nothing for it. */
    private static final double LAST = 1e-3;

    /**
     * Storing is no slower than computing again, which does all that storing does, and more; one with approximate gradients that keeps no less than storing is slower
     * than it: gradients are to be given up for memory alone.
     */
    static Map<Answer, UnitFigures> sensible(Map<Answer, UnitFigures> measured) {
        Map<Answer, UnitFigures> sensible = new EnumMap<>(measured);
        UnitFigures store = sensible.computeIfPresent(Answer.STORE, (answer, own) -> noSlower(own, measured));
        if (store != null) {
            sensible.replaceAll((answer, own) -> answer.exactness() != Exactness.APPROXIMATE_GRADIENTS
                            || saves(own, store)
                            || own.seconds() > store.seconds()
                    ? own
                    : own.timed(store.forwardSeconds() * (1 + LAST), store.backwardSeconds() * (1 + LAST)));
        }
        return sensible;
    }

    private static boolean saves(UnitFigures own, UnitFigures store) {
        return own.kept() < store.kept() || store.keepsInput() && !own.keepsInput();
    }

    private static UnitFigures noSlower(UnitFigures store, Map<Answer, UnitFigures> others) {
        UnitFigures fastest = store;
        for (Answer again : List.of(Answer.RECOMPUTE, Answer.CHECKPOINT)) {
            UnitFigures other = others.get(again);
            fastest = other != null && other.seconds() < fastest.seconds() ? other : fastest;
        }
        return store.timed(fastest.forwardSeconds(), fastest.backwardSeconds());
    }
}
