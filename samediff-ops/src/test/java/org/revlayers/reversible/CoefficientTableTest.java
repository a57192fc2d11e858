package org.revlayers.reversible;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A schedule and the table of its changes, which a graph holds, say the same of every iteration. */
class CoefficientTableTest {

    static Stream<CoefficientSchedule> schedules() {
        return Stream.of(
                CoefficientSchedule.over(1000),
                CoefficientSchedule.constant(0, 1),
                CoefficientSchedule.momentum(0.875),
                CoefficientSchedule.twoStep(1),
                CoefficientSchedule.randomSigns(0.125),
                CoefficientSchedule.builder()
                        .form(ChainForm.RANDOM_SIGNS)
                        .alphaStart(0.5)
                        .betaStart(0.5)
                        .alphaEnd(0.875)
                        .betaEnd(0.125)
                        .totalIterations(1000)
                        .build(),
                CoefficientSchedule.linear(1, 0.125, 0.75, 0.25, 800),
                CoefficientSchedule.sampled(16, 5, i -> new double[] {1 - i / 10.0, (i + 1) / 10.0}),
                CoefficientSchedule.builder()
                        .totalIterations(100)
                        .returnFraction(0.25)
                        .shape(CoefficientSchedule.Shape.COSINE)
                        .build());
    }

    @ParameterizedTest
    @MethodSource("schedules")
    void isTheScheduleInEveryIteration(CoefficientSchedule schedule) {
        CoefficientTable table = schedule.table();
        for (long i = 0; i <= 1100; i++) {
            assertEquals(schedule.at(i), table.at(i), "iteration " + i);
            assertEquals(schedule.inference(i), table.inference(i), "inference in iteration " + i);
        }
        assertEquals(schedule.hasMomentum(), table.hasMomentum());
        assertArrayEquals(
                table.numbers(),
                CoefficientTable.of(table.q(), table.form(), table.numbers()).numbers());
    }

    @Test
    void aWayBackEndsWhereNothingIsInverted() {
        CoefficientSchedule back = CoefficientSchedule.builder()
                .totalIterations(100)
                .returnFraction(0.25)
                .build();
        assertFalse(back.table().invertible());
        assertTrue(CoefficientSchedule.over(100).table().invertible());
        assertEquals(0.125, back.smallestBeta());
        assertEquals(0.25, CoefficientSchedule.linear(1, 0.5, 1, 0.25, 4).smallestBeta());
    }

    @Test
    void rowsAreChecked() {
        CoefficientTable.Row second = new CoefficientTable.Row(3, 8, 1);
        assertThrows(IllegalArgumentException.class, () -> new CoefficientTable(8, List.of(second)));
        CoefficientTable.Row first = new CoefficientTable.Row(0, 8, 1);
        assertThrows(IllegalArgumentException.class, () -> new CoefficientTable(8, List.of(first, second, second)));
        CoefficientTable.Row momentum = new CoefficientTable.Row(0, 8, -1);
        assertThrows(IllegalArgumentException.class, () -> new CoefficientTable(8, List.of(momentum)));
    }
}
