package org.revlayers.internal.convert;

import java.util.List;
import java.util.stream.IntStream;
import org.revlayers.keep.Memory;
import org.revlayers.plan.Answer;
import org.revlayers.plan.Exactness;

/** What a plan chooses for: units in forward order, and what becomes of them. */
public interface PlanSubject {

    /** Units [from, to), numbered through the whole, and how they are kept, together. */
    record Assigned(int from, int to, Memory memory) {}

    /** How many units there are. */
    int size();

    /** Of a unit; others may have the same. */
    String name(int unit);

    /** What a unit is made of, by the user's names. */
    List<String> members(int unit);

    /** What an answer does to the training of a unit. */
    Exactness exactness(int unit, Answer answer);

    /** Whether units [from, to) can be checkpointed as one. */
    boolean canCheckpoint(int from, int to);

    /** Whether the value of units that are checkpointed together has its array from their beginning on. */
    boolean isValueFirst();

    /** A copy in which units are kept as they are told, parameters and updater state the same. */
    Object apply(List<Assigned> assigned);

    /** Every unit on its own, all by one memory. */
    default List<Assigned> alone(Memory memory) {
        return IntStream.range(0, size())
                .mapToObj(i -> new Assigned(i, i + 1, memory))
                .toList();
    }
}
