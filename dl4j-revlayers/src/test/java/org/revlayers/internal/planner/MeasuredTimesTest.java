package org.revlayers.internal.planner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.revlayers.plan.Answer;

class MeasuredTimesTest {

    private static UnitFigures figures(long kept, boolean keepsInput, double seconds) {
        return new UnitFigures(kept, 100, 100, 10, 10, 10, keepsInput, seconds / 2, seconds / 2, null);
    }

    private static Map<Answer, UnitFigures> sensible(Map<Answer, UnitFigures> measured) {
        return MeasuredTimes.sensible(measured);
    }

    @Test
    void storingIsNoSlowerThanComputingAgain() {
        Map<Answer, UnitFigures> times = sensible(Map.of(
                Answer.STORE,
                figures(50, true, 3),
                Answer.CHECKPOINT,
                figures(10, true, 2),
                Answer.HALF,
                figures(25, true, 1)));
        assertEquals(2, times.get(Answer.STORE).seconds());
        assertEquals(2, times.get(Answer.CHECKPOINT).seconds());
        assertEquals(1, times.get(Answer.HALF).seconds(), "it may be faster, and saves");
    }

    /** A unit that keeps nothing but its input, say: noise made an approximate answer the fastest. */
    @Test
    void anApproximateAnswerThatSavesNothingIsNeverTheFastest() {
        Map<Answer, UnitFigures> times = sensible(Map.of(
                Answer.STORE, figures(10, true, 2),
                Answer.INT8, figures(10, true, 1.5),
                Answer.HALF, figures(11, true, 1.5),
                Answer.RAZOR, figures(10, false, 1.5),
                Answer.APPROX, figures(10, true, 5)));
        assertTrue(times.get(Answer.INT8).seconds() > 2, times::toString);
        assertTrue(times.get(Answer.HALF).seconds() > 2, times::toString);
        assertEquals(1.5, times.get(Answer.RAZOR).seconds(), "its input may go");
        assertEquals(5, times.get(Answer.APPROX).seconds());
    }
}
