package org.revlayers.internal.planner;

import java.util.ArrayList;
import java.util.List;
import org.revlayers.internal.plan.Choice;
import org.revlayers.internal.plan.Solution;
import org.revlayers.internal.plan.Step;
import org.revlayers.plan.Answer;

/**
 * Predicted memory over one step, unit by unit, in forward order: by a plan and with all units stored.
 *
 * @param plan  its parts
 * @param plain those of plain; with as many units
 */
public record StepMemory(List<Part> plan, List<Part> plain) {

    /**
     * Units that are kept together.
     *
     * @param units    how many
     * @param kept     bytes from their forward to their backward
     * @param forward  most live bytes in their forward, all that is kept before and beside units included
     * @param backward the same in their backward
     */
    public record Part(String name, int units, Answer answer, long kept, long forward, long backward) {}

    static StepMemory of(Solution plan, Solution plain) {
        return new StepMemory(parts(plan), parts(plain));
    }

    private static List<Part> parts(Solution solution) {
        List<Part> parts = new ArrayList<>();
        for (int i = 0; i < solution.steps().size(); i++) {
            Step step = solution.steps().get(i);
            Choice choice = step.choice();
            parts.add(new Part(
                    solution.name(i),
                    step.to() - step.from(),
                    Answer.of(choice.method()),
                    choice.keptBytes(),
                    solution.forwardPeakBytes(i),
                    solution.backwardPeakBytes(i)));
        }
        return parts;
    }
}
