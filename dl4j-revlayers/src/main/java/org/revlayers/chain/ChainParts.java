package org.revlayers.chain;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.revlayers.internal.container.Part;

/** The layers inside a chain by the names of their parameters: the stem's, each sub-block's, the exit's. */
record ChainParts(ReversibleChain chain) {

    private static final String STEM = "stem";
    private static final String EXIT = "exit";

    /** All, in the order of their parameters. */
    List<Part> all() {
        List<Part> parts = new ArrayList<>(stem());
        chain.getSubBlocks().forEach(block -> parts.addAll(block.parts()));
        parts.addAll(exit());
        return parts;
    }

    private List<Part> stem() {
        return Part.named(STEM + ".", chain.getStem());
    }

    private List<Part> exit() {
        return Part.named(EXIT + ".", chain.getExit());
    }

    /** At least those that a parameter may belong to. */
    List<Part> near(String parameter) {
        String name = parameter.substring(0, Math.max(0, parameter.indexOf('.')));
        List<Part> parts =
                switch (name) {
                    case STEM -> stem();
                    case EXIT -> exit();
                    default -> new ArrayList<>();
                };
        chain.getSubBlocks().stream()
                .filter(block -> name.equals(block.getName()))
                .forEach(block -> parts.addAll(block.parts()));
        return parts;
    }

    /**
     * Of a chain that transformer blocks were converted to, two sub-blocks a block: the layers of each block, those of the stem alone, in the order of
     * their parameters. A norm behind an addition is the r of the sub-block after.
     */
    List<List<Part>> byTransformerBlock() {
        List<List<Part>> groups = new ArrayList<>();
        stem().forEach(stem -> groups.add(List.of(stem)));
        int first = groups.size();
        int blocks = (chain.getSubBlocks().size() + 1) / 2;
        IntStream.range(0, blocks).forEach(i -> groups.add(new ArrayList<>()));
        for (int i = 0; i < chain.getSubBlocks().size(); i++) {
            SubBlock block = chain.getSubBlocks().get(i);
            groups.get(first + Math.max(0, i - 1) / 2).addAll(block.entryParts());
            groups.get(first + i / 2).addAll(block.functionParts());
        }
        groups.get(groups.size() - 1).addAll(exit());
        return groups;
    }
}
