package org.revlayers.convert;

import java.util.Arrays;
import java.util.List;
import lombok.AccessLevel;
import lombok.Builder;
import lombok.Value;
import org.jspecify.annotations.Nullable;
import org.revlayers.keep.Memory;
import org.revlayers.layers.TokenScore;

/**
 * What {@link org.revlayers.Reprogram} trains, and where it leaves tokens out. Blocks are numbered from 0 on, in forward order.
 *
 * <pre>{@code
 * ReprogramOptions.builder().train(3, 7, 11).dropAt(3, 6, 9).keep(0.5).build()
 * }</pre>
 *
 * @since 0.1.0
 */
@Value
@Builder(builderClassName = "Builder")
public class ReprogramOptions {

    /** Numbers of the blocks that are trained; everything behind the last block is, too. */
    List<Integer> train;

    /** Numbers of the blocks in which tokens are left out; none if not set. */
    @lombok.Builder.Default
    List<Integer> dropAt = List.of();

    /** Part of the tokens behind the first one that stay, in (0, 1]; a half if not set. */
    @lombok.Builder.Default
    double keep = 0.5;

    /** Whether the others become one token; they do if not set. */
    @lombok.Builder.Default
    boolean fuse = true;

    /** What decides which tokens stay; the class token's attention if not set. */
    @lombok.Builder.Default
    TokenScore score = TokenScore.CLASS_TOKEN;

    /**
     * How frozen blocks behind the first trained one are kept; by their inputs alone if not set ({@code Memory.checkpoint()}). Null: as they are, for a
     * conversion of all blocks that comes after ({@code Lean.convert(lean.network(), Memory.reversible(schedule).otherwise(Memory.checkpoint()))}).
     */
    @lombok.Builder.Default
    @Nullable
    Memory frozen = Memory.checkpoint();

    /** Makes them. */
    public static class Builder {

        @lombok.Setter(AccessLevel.NONE)
        private List<Integer> train = List.of();

        /** The blocks to train. */
        public Builder train(int... blocks) {
            this.train = sorted(blocks);
            return this;
        }

        /** The blocks to leave tokens out in. */
        public Builder dropAt(int... blocks) {
            this.dropAt$value = sorted(blocks);
            this.dropAt$set = true;
            return this;
        }

        private static List<Integer> sorted(int... blocks) {
            return Arrays.stream(blocks).sorted().distinct().boxed().toList();
        }
    }
}
