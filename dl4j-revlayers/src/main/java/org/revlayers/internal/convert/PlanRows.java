package org.revlayers.internal.convert;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.revlayers.keep.Memory;

/** Finds the units of a plan that are the blocks of a reversible chain. */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
final class PlanRows {

    /** Blocks of a chain at least: one keeps two arrays of its own. */
    private static final int LEAST = 2;

    /**
     * Units next to each other that can be a chain, and so can any two or more of them in a row.
     *
     * @param from  the first one's number
     * @param chain of all of them
     */
    record Row(int from, PlannedChain chain) {

        int to() {
            return from + chain.blocks().size();
        }

        boolean has(int first, int last) {
            return from <= first && last <= to();
        }

        PlannedChain part(int first, int last, Memory how) {
            return chain.part(first - from, last - from, how);
        }
    }

    /** The chains that a network's blocks can become, whatever the units are. */
    static List<PlannedChain> chains(GraphIndex graph) {
        Memory any = Memory.reversible();
        List<PlannedChain> chains = new ArrayList<>();
        ResidualBlocks.find(graph, Map.of(), LEAST, false)
                .rows()
                .forEach(row -> chains.add(new ChainOfBlocks(row, any)));
        VertexRows.find(graph, Set.of(), Set.of(), any)
                .rows()
                .forEach(row -> chains.add(new ChainOfTransformers(row, any)));
        return chains;
    }

    static List<Row> find(List<PlannedChain> chains, List<Run> units) {
        List<Set<String>> members = new ArrayList<>();
        units.forEach(unit -> members.add(new HashSet<>(unit.vertices())));
        List<Row> rows = new ArrayList<>();
        chains.forEach(chain -> match(chain, members, rows));
        return rows;
    }

    /** The longest parts of a chain whose blocks are units, one behind the other. */
    private static void match(PlannedChain chain, List<Set<String>> units, List<Row> rows) {
        List<Integer> of = chain.blocks().stream()
                .map(block -> units.indexOf(new HashSet<>(block)))
                .toList();
        int begin = 0;
        for (int i = 1; i <= of.size(); i++) {
            boolean goesOn = i < of.size() && of.get(begin) >= 0 && of.get(i) == of.get(begin) + i - begin;
            if (!goesOn) {
                if (of.get(begin) >= 0 && i - begin >= LEAST) {
                    rows.add(new Row(of.get(begin), chain.part(begin, i, Memory.reversible())));
                }
                begin = i;
            }
        }
    }
}
