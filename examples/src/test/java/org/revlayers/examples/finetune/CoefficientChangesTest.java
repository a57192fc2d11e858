package org.revlayers.examples.finetune;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.revlayers.examples.shared.TrainingMethod;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.reversible.Coefficients;

/** The schedule as the table and results.json show it. */
class CoefficientChangesTest {

    private static final CoefficientSchedule SCHEDULE = CoefficientSchedule.builder()
            .alphaStart(1)
            .betaStart(0.125)
            .alphaEnd(0.25)
            .betaEnd(0.75)
            .steps(8)
            .endFraction(0.4)
            .totalIterations(100)
            .build();

    private static Result result(TrainingMethod method, CoefficientSchedule schedule, int from, int to) {
        List<TrainingStep> steps = IntStream.rangeClosed(from, to)
                .mapToObj(n -> new TrainingStep(n, 1, 1, schedule == null ? null : schedule.at(n - 1), 0, 1, 1))
                .toList();
        return new Result(method, 0.5, 0.5, steps, null, List.of(), null);
    }

    @Test
    void theWayFromStartToEndInFractions() {
        CoefficientChanges changes = CoefficientChanges.of(result(TrainingMethod.REVERSIBLE, SCHEDULE, 1, 100));
        // at the end for good from 40·(1 − 1/12) on, where α is within 1/16 of its end
        assertEquals("(alpha, beta) from (1, 1/8) to (1/4, 3/4) over the first 38 of 100 steps", changes.words());
        assertEquals(
                new Coefficients(2, 6, 8),
                changes.changes().get(changes.changes().size() - 1).coefficients());
    }

    @Test
    void oneThatStaysAndOneThatWasResumed() {
        assertEquals(
                "(alpha, beta) = (1/4, 3/4) in all 7 steps",
                CoefficientChanges.of(
                                result(TrainingMethod.REVERSIBLE_FIXED, CoefficientSchedule.constant(0.25, 0.75), 1, 7))
                        .words());
        assertEquals(
                "(alpha, beta) = (0, 1) in steps 3 to 7",
                CoefficientChanges.of(result(TrainingMethod.REVERSIBLE_FIXED, CoefficientSchedule.constant(0, 1), 3, 7))
                        .words());
        assertEquals(
                "(alpha, beta) from (5/8, 1/2) to (1/4, 3/4) over steps 21 to 38 of 100 steps",
                CoefficientChanges.of(result(TrainingMethod.REVERSIBLE, SCHEDULE, 21, 100))
                        .words());
    }

    @Test
    void randomSignsHaveTheirGamma() {
        assertEquals(
                "gamma = 1/8 with a random sign for each sample and sub-block in training, 0 in inference",
                CoefficientChanges.of(
                                result(TrainingMethod.REVERSIBLE_RANDOM, CoefficientSchedule.randomSigns(0.125), 1, 7))
                        .words());
    }

    @Test
    void resultsHaveEveryChangeWithItsStep() throws IOException {
        List<Result> results = List.of(
                result(TrainingMethod.PLAIN, null, 1, 100),
                result(TrainingMethod.REVERSIBLE, SCHEDULE, 1, 100),
                result(TrainingMethod.REVERSIBLE, SCHEDULE, 1, 0));
        JsonNode json = new ObjectMapper().readTree(FinetuneCommand.json(results));
        assertTrue(json.get(0).get("coefficients").isNull(), json::toString);
        assertTrue(json.get(2).get("coefficients").isNull(), json::toString);
        JsonNode changes = json.get(1).get("coefficients");
        int at = 0;
        for (int step = 1; step <= 100; step++) {
            at += at + 1 < changes.size() && changes.get(at + 1).get("step").asInt() == step ? 1 : 0;
            assertEquals(
                    SCHEDULE.at(step - 1).alpha(), changes.get(at).get("alpha").asDouble(), 0.0);
            assertEquals(
                    SCHEDULE.at(step - 1).beta(), changes.get(at).get("beta").asDouble(), 0.0);
        }
        assertEquals(changes.size() - 1, at, changes::toString);
        assertTrue(changes.size() > 5, changes::toString);

        String table = FinetuneCommand.table(results);
        assertEquals(
                List.of("reversible: (alpha, beta) from (1, 1/8) to (1/4, 3/4) over the first 38 of 100 steps"),
                table.lines().filter(l -> l.contains("alpha")).toList());
        assertFalse(table.contains("null"), table);
    }
}
