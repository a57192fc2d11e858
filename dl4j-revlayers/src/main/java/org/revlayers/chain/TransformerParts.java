package org.revlayers.chain;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.revlayers.internal.container.Part;

/** Of a chain that transformer blocks were converted to: two sub-blocks a block; a norm behind an addition is the r of the sub-block after. */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
final class TransformerParts {

    /** The layers of each block, those of the stem alone, in the order of their parameters. */
    static List<List<Part>> byBlock(ReversibleChain chain) {
        List<List<Part>> groups = new ArrayList<>();
        Part.named("stem.", chain.getStem()).forEach(stem -> groups.add(List.of(stem)));
        int first = groups.size();
        int blocks = (chain.getSubBlocks().size() + 1) / 2;
        IntStream.range(0, blocks).forEach(i -> groups.add(new ArrayList<>()));
        for (int i = 0; i < chain.getSubBlocks().size(); i++) {
            SubBlock block = chain.getSubBlocks().get(i);
            groups.get(first + Math.max(0, i - 1) / 2).addAll(block.entryParts());
            groups.get(first + i / 2).addAll(block.functionParts());
        }
        groups.get(groups.size() - 1).addAll(Part.named("exit.", chain.getExit()));
        return groups;
    }
}
