package org.revlayers.internal.reversible;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.Coefficients;
import org.revlayers.reversible.StreamType;

/** Which states a step keeps. */
class PlanTest {

    private static Plan plan(StreamType streams, String modes, Coefficients c) {
        List<ChainMode> each = modes.chars()
                .mapToObj(m -> m == 'R' ? ChainMode.REVERSE : m == 'C' ? ChainMode.CHECKPOINT : ChainMode.STORE)
                .toList();
        return Plan.of(streams, 1e-3, each, Collections.nCopies(each.size(), c), Coefficients::errorGrowth);
    }

    @Test
    void aStateIsKeptBehindEveryRunThatIsInverted() {
        Plan plan = plan(StreamType.EXACT, "RRSRCR", new Coefficients(8, 1, 8));
        String kept = "";
        String runs = "";
        for (int i = 0; i <= plan.size(); i++) {
            kept += plan.isAnchor(i) ? "+" : "-";
            runs += i < plan.size() && plan.startsRun(i) ? "+" : "-";
        }
        assertEquals("--+-+-+", kept);
        assertEquals("+--+-+-", runs);
        assertEquals(3, plan.sideBits(0));
        assertEquals(0, plan.sideBits(2));
        assertEquals(2, plan.anchorsBehind(0));
        assertEquals(1, plan.anchorsBehind(2));
    }

    @Test
    void floatingStreamsKeepMoreTheMoreAnErrorGrows() {
        Coefficients c =
                new Coefficients(8, 1, 8); // an error grows 8.9 times: 4 inversions are 1e-3 of 2⁻²⁴, 13 of 2⁻⁵³
        assertEquals(7, plan(StreamType.FLOAT, "R".repeat(30), c).anchorsBehind(0));
        assertEquals(2, plan(StreamType.DOUBLE, "R".repeat(30), c).anchorsBehind(0));
        assertEquals(0, plan(StreamType.FLOAT, "R".repeat(30), c).sideBits(0));
    }

    @Test
    void nothingIsInvertedAtBetaZero() {
        Plan plan = plan(StreamType.EXACT, "RS", new Coefficients(8, 0, 8));
        assertEquals(List.of(ChainMode.CHECKPOINT, ChainMode.STORE), plan.modes());
        assertFalse(plan.isAnchor(1) || plan.isAnchor(2) || plan.startsRun(0));
        assertTrue(plan(StreamType.EXACT, "", new Coefficients(8, 1, 8)).modes().isEmpty());
    }

    @Test
    void theScaleLeavesTheRoomThatItsHostNeeds() {
        assertEquals(20, StreamScale.following(3));
        assertEquals(18, StreamScale.following(20));
        assertEquals(16, StreamScale.following(100));
        assertEquals(StreamScale.staying(200), StreamScale.following(200));
        assertEquals(17, StreamScale.staying(200));
        assertEquals(20, StreamScale.staying(0));
        assertEquals(0, StreamScale.staying(0x1p30));
    }
}
