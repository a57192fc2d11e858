package org.revlayers.convert;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.revlayers.internal.kernel.tokens.TokenShare;

/**
 * What a reprogrammed network trains.
 *
 * @param blocks  its transformer blocks, in forward order
 * @param frozen  names of other layers that are not trained, for they are in front of the first trained block
 * @param updater what became of the updater's state
 * @param memory  how frozen blocks are kept; null if that was not asked for, or there are none
 * @since 0.1.0
 */
public record ReprogramReport(
        List<Block> blocks, List<String> frozen, String updater, @Nullable ConversionReport memory) {

    /** What becomes of a block. */
    public enum Role {
        /** Its parameters are. */
        TRAINED,
        /** It passes the gradient on, and computes none for its parameters. */
        FROZEN,
        /** It is in front of the first trained block: nothing goes back through it, and it keeps nothing. */
        FORWARD_ONLY
    }

    /**
     * A block.
     *
     * @param name of its layer
     * @param keep part of its tokens that stay; 1 for all
     * @param fuse whether the others become one
     */
    public record Block(String name, Role role, double keep, boolean fuse) {

        /** Tokens behind it, for so many in front. */
        public long behind(long tokens) {
            return keep == 1 ? tokens : new TokenShare(keep, fuse).behind(tokens);
        }
    }

    /** Tokens in front of the blocks and behind each: 197, 197, 197, 197, 100, ... */
    public List<Long> tokens(long tokens) {
        List<Long> counts = new ArrayList<>(List.of(tokens));
        blocks.forEach(block -> counts.add(block.behind(counts.get(counts.size() - 1))));
        return counts;
    }

    @Override
    public String toString() {
        StringBuilder out = new StringBuilder();
        for (Block block : blocks) {
            String drops = block.keep() == 1
                    ? ""
                    : ", keeps " + block.keep() + " of its tokens" + (block.fuse() ? " and one of the others" : "");
            out.append(String.format(
                    "%s: %s%s%n",
                    block.name(), block.role().name().toLowerCase(Locale.ROOT).replace('_', ' '), drops));
        }
        if (!frozen.isEmpty()) {
            out.append("frozen too: ").append(String.join(", ", frozen)).append(System.lineSeparator());
        }
        if (memory != null) {
            memory.units().forEach(unit -> out.append(unit).append(System.lineSeparator()));
        }
        return out.append("updater: ")
                .append(updater)
                .append(System.lineSeparator())
                .toString();
    }
}
