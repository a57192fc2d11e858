package org.revlayers.internal.graph;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A part of a graph between two arrays: the first is all that it reads of what is in front of it and has a gradient, but for parameters and what is computed
 * elsewhere; the second is all that is read behind it.
 *
 * @param input  name of the one variable with a gradient that it reads
 * @param output name of the one that it computes for what is behind it
 * @param ops    names of the ops between
 * @param values names of what they compute, each op's first
 * @param why    it can only be stored; null if it can be computed again
 */
public record GraphUnit(String input, String output, Set<String> ops, List<String> values, @Nullable String why) {

    /** This and the one behind it. */
    GraphUnit and(GraphUnit next) {
        Set<String> all = new LinkedHashSet<>(ops);
        all.addAll(next.ops);
        List<String> names = new ArrayList<>(values);
        names.addAll(next.values);
        return new GraphUnit(input, next.output, all, List.copyOf(names), why == null ? next.why : why);
    }

    /** Several in a row as one. */
    public static GraphUnit of(List<GraphUnit> row) {
        return row.stream().reduce(GraphUnit::and).orElseThrow();
    }
}
