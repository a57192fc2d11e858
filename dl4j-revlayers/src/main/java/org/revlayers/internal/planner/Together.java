package org.revlayers.internal.planner;

import java.util.List;
import java.util.Map;
import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.revlayers.internal.plan.Choice;
import org.revlayers.plan.Answer;

/**
 * Several units of a row of which the first one's input x is kept. Their backward computes all of them again, each keeping what it keeps by {@link Answer#STORE}
 * where its backward follows at once ({@link UnitFigures#followed}), and then goes back through them. With f and p a unit's peaks so, s what it keeps (without x), out what the last one gives, dy and dx the gradients at
 * both ends:
 *
 * <pre>
 *   kept          = x
 *   forward peak  = x + max over j of j's forward without keeping
 *   backward peak = x + dx + dy + max over j of (out + Σ s before j + f_j)   computing again
 *                   x + dx + dy + max over j of (Σ s before j + p_j)         going back
 *   seconds       = Σ forward without keeping + forward and backward so
 * </pre>
 *
 * <p>where no array is counted twice: f of the first unit includes x, p of the first one dx, f of the last one out, p of the last one dy.
 */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
final class Together {

    /**
     * Of units in a row.
     *
     * @param checkpoint CHECKPOINT, or CHECKPOINT_OFFLOAD: then x is on a disk between forward and backward
     * @param valueFirst whether the array of the last one's value is there in the forward of all of them
     */
    static Choice of(List<Map<Answer, UnitFigures>> units, Answer checkpoint, boolean valueFirst) {
        int last = units.size() - 1;
        UnitFigures begin = units.get(0).get(Answer.STORE);
        UnitFigures end = units.get(last).get(Answer.STORE);
        long x = begin.input();
        long dy = end.output();
        long forward = 0;
        long backward = 0;
        long inside = 0;
        double seconds = 0;
        double fastest = 0;
        for (int j = 0; j <= last; j++) {
            UnitFigures store = units.get(j).get(Answer.STORE).followed();
            UnitFigures lean = units.get(j).get(Answer.CHECKPOINT);
            long own = j == 0 ? x : 0;
            forward = Math.max(forward, x + lean.forward() - own + (valueFirst && j < last ? end.result() : 0));
            long out = j < last || end.output() == 0 ? end.result() : 0;
            backward = Math.max(backward, x + x + dy + out + inside + store.forward() - own);
            long counted = (j == 0 ? x + (store.keepsInput() ? x : 0) : 0) + (j == last ? dy : 0);
            backward = Math.max(backward, x + x + dy + inside + store.backward() - counted);
            inside += store.kept() - (j == 0 && store.keepsInput() ? x : 0);
            seconds += lean.forwardSeconds() + store.seconds();
            fastest += UnitFigures.fastest(units.get(j));
        }
        UnitFigures first = units.get(0).get(Answer.CHECKPOINT);
        UnitFigures chosen = units.get(0).get(checkpoint);
        long moved = Math.max(0, first.kept() - chosen.kept());
        return new Choice(
                checkpoint.label(),
                x - moved,
                Math.max(x, forward),
                Math.max(x, backward),
                Problems.extra(seconds + Math.max(0, chosen.seconds() - first.seconds()), fastest),
                checkpoint.exactness(),
                moved);
    }
}
