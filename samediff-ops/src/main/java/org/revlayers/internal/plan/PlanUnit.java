package org.revlayers.internal.plan;

import java.util.List;
import java.util.Objects;

/**
 * A part of a network that is trained by one method: a layer, a block, a vertex.
 *
 * @param name    of its own within a problem
 * @param choices in order of preference where nothing else decides; none if segments alone lead past it
 */
public record PlanUnit(String name, List<Choice> choices) {

    public PlanUnit {
        Objects.requireNonNull(name, "name");
        choices = List.copyOf(choices);
    }

    public PlanUnit(String name, Choice... choices) {
        this(name, List.of(choices));
    }
}
