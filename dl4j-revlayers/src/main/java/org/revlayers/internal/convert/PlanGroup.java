package org.revlayers.internal.convert;

import java.util.List;
import org.revlayers.chain.ReversibleChain;
import org.revlayers.internal.container.ContainerLayer;
import org.revlayers.keep.Memory;
import org.revlayers.plan.Answer;
import org.revlayers.plan.Exactness;

/** Units of a plan that become one layer together. Units are numbered from 0 here. */
interface PlanGroup {

    /** In forward order; their run is this group's number. */
    List<PlanUnits.Unit> units(int number);

    /** The answers that there are for a unit by itself. */
    List<Answer> answers(int unit);

    /** What an answer does to the training of a unit. */
    Exactness exactness(Answer answer);

    /** Whether units [from, to) can be checkpointed as one. */
    boolean canCheckpoint(int from, int to);

    /** What two units or more, [from, to), are as reversible ones; null if they cannot. */
    Exactness reversible(int from, int to);

    /**
     * Whether the backward of units [from, to) has the gradients of two streams all along: behind a chain's last sub-block there is but one, and layers in front
     * of the streams, which may be what takes the most, have none.
     */
    default boolean isBetweenStreams(int from, int to) {
        return false;
    }

    /**
     * What a unit becomes, with copies of its layers, to be measured; and if it is but a part of a layer, three of it in a row too: what two more of it take is not
     * of the layer's ends.
     */
    List<ContainerLayer> made(int unit, Memory memory);

    /** The same for units [from, to) that are reversible. */
    ReversibleChain chain(int from, int to, Memory memory);

    /** What they become. */
    Planned planned(List<PlanUnits.Assigned> assigned);
}
