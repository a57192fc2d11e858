package org.revlayers.examples.shared;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.reversible.Coefficients;
import picocli.CommandLine;

class ScheduleChoiceTest {

    private static final CoefficientSchedule SIGNS = CoefficientSchedule.randomSigns(0.125);

    private static ScheduleChoice parsed(String... arguments) {
        ScheduleChoice choice = new ScheduleChoice();
        new CommandLine(choice).parseArgs(arguments);
        return choice;
    }

    @Test
    void withoutAWordItIsTheLibrarysDefault() {
        parsed().check();
        assertEquals(CoefficientSchedule.builder().totalIterations(50).build(), parsed().of(50));
    }

    @Test
    void theEndIsThatOfBothKindsOfTraining() {
        ScheduleChoice choice = parsed("--end", "0.25,0.75");
        choice.check();
        assertEquals(
                new Coefficients(8, 1, 8),
                TrainingMethod.REVERSIBLE.schedule(choice.of(50), SIGNS).at(0));
        assertEquals(
                new Coefficients(2, 6, 8),
                TrainingMethod.REVERSIBLE.schedule(choice.of(50), SIGNS).at(49));
        assertEquals(
                new Coefficients(2, 6, 8),
                TrainingMethod.REVERSIBLE_FIXED.schedule(choice.of(50), SIGNS).at(0));
    }

    @Test
    void theStartIsThatOfSchedulesThatMove() {
        ScheduleChoice choice = parsed("--start", "0.875,0.125");
        choice.check();
        assertEquals(
                new Coefficients(7, 1, 8),
                TrainingMethod.REVERSIBLE.schedule(choice.of(50), SIGNS).at(0));
        assertEquals(new Coefficients(7, 1, 8), choice.over(0).at(1000));
        assertEquals(
                new Coefficients(6, 2, 8),
                TrainingMethod.REVERSIBLE_FIXED.schedule(choice.of(50), SIGNS).at(0));
        assertEquals(SIGNS, TrainingMethod.REVERSIBLE_RANDOM.schedule(choice.of(50), SIGNS));
        String said = assertThrows(
                        UsageException.class, () -> parsed("--start", "1,0").check())
                .getMessage();
        assertTrue(said.contains("--start needs beta above 0"), said);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "0.1", "1", "-0.125", "NaN"})
    void gammasAreSixteenths(String gamma) {
        GammaChoice choice = new GammaChoice();
        new CommandLine(choice).parseArgs("--gamma", gamma);
        String said = assertThrows(UsageException.class, choice::check).getMessage();
        assertTrue(said.contains("--gamma is in sixteenths, from 0.0625 to 0.9375"), said);
    }

    @Test
    void gammaIsThatOfRandomSigns() {
        GammaChoice choice = new GammaChoice();
        choice.check();
        assertEquals(SIGNS, choice.schedule());
        new CommandLine(choice).parseArgs("--gamma", "0.25");
        choice.check();
        assertEquals(CoefficientSchedule.randomSigns(0.25), choice.schedule());
        assertEquals(List.of("--gamma=0.25"), choice.arguments());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "0.5; is two numbers",
                "1,2,3; got 3",
                "1,0; needs beta above 0",
                "1,-0.5; needs beta above 0",
                "1,2; 0 <= α <= 4 and -1 < β <= 1 must hold"
            })
    void whatCannotWorkIsRefused(String end, String message) {
        String said = assertThrows(IllegalArgumentException.class, () -> parsed("--end", end)
                        .check())
                .getMessage();
        assertTrue(said.contains(message), said);
    }
}
