package org.revlayers.internal.graph;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** Residual blocks that follow each other, of SameDiff graphs and of networks. */
public final class Rows {

    private Rows() {}

    /**
     * The rows, as long as they get: each block is in one.
     *
     * @param blocks in any order
     * @param next   the block that alone reads what a block gives; null if there is none. No two blocks have the same one
     * @param name   of a block
     */
    public static <B> List<List<B>> of(Collection<B> blocks, UnaryOperator<B> next, Function<B, String> name) {
        Set<String> behind =
                blocks.stream().map(next).filter(Objects::nonNull).map(name).collect(Collectors.toSet());
        List<List<B>> rows = new ArrayList<>();
        for (B first : blocks) {
            if (!behind.contains(name.apply(first))) {
                List<B> row = new ArrayList<>();
                for (B block = first; block != null; block = next.apply(block)) {
                    row.add(block);
                }
                rows.add(row);
            }
        }
        return rows;
    }
}
