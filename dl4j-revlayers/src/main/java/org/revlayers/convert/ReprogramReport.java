package org.revlayers.convert;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.revlayers.internal.kernel.tokens.TokenShare;
import org.revlayers.plan.Bytes;

/**
 * What a reprogrammed network trains.
 *
 * @param blocks  its transformer blocks, in forward order
 * @param frozen  names of other layers that are not trained, for they are in front of the first trained block
 * @param updater what became of the updater's state
 * @param memory  how frozen blocks are kept; null if that was not asked for, or there are none
 * @param patches tokens in front of the first block, as the network's embedding of patches gives them; 0 without one
 * @param kept    for a sample; null without
 * @since 0.1.0
 */
public record ReprogramReport(
        List<Block> blocks,
        List<String> frozen,
        String updater,
        @Nullable ConversionReport memory,
        long patches,
        @Nullable Kept kept) {

    /**
     * Bytes that are kept for backward of a sample: outputs of layers, and what those of this library say that they keep inside; predicted, from shapes.
     *
     * @param examples in the sample
     * @param before   by the network that was given; −1 if that cannot be said
     * @param after    by the new one; −1 the same
     */
    public record Kept(long examples, long before, long after) {}

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
        if (patches > 0) {
            out.append("tokens: ")
                    .append(tokens(patches).stream()
                            .distinct()
                            .map(String::valueOf)
                            .collect(Collectors.joining(" → ")))
                    .append(System.lineSeparator());
        }
        if (kept != null && kept.before() >= 0 && kept.after() >= 0) {
            out.append(String.format(
                    "kept for backward of %d, predicted: %s, before %s%n",
                    kept.examples(), Bytes.text(kept.after()), Bytes.text(kept.before())));
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
