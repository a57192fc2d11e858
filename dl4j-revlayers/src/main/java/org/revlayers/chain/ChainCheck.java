package org.revlayers.chain;

import java.util.HashSet;
import java.util.Set;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.nd4j.linalg.api.buffer.DataType;

/** What must hold of a chain's configuration before it is built. */
final class ChainCheck {

    private final ReversibleChain chain;

    private ChainCheck(ReversibleChain chain) {
        this.chain = chain;
    }

    static void check(ReversibleChain chain, DataType type) {
        new ChainCheck(chain).check(type);
    }

    private void check(DataType type) {
        require(!chain.getSubBlocks().isEmpty(), "has no sub-blocks: add one with subBlock(SubBlock.of(name, layers))");
        require(
                chain.getTolerance() > 0 && chain.getTolerance() < 1,
                "needs 0 < tolerance < 1, not " + chain.getTolerance());
        require(
                chain.getStreams() != StreamType.EXACT || type != DataType.DOUBLE,
                "has EXACT streams, which are for FLOAT networks; this one is DOUBLE: use StreamType.DOUBLE");
        require(
                chain.getStreams() != StreamType.FLOAT || type != DataType.DOUBLE,
                "has FLOAT streams in a DOUBLE network: use StreamType.DOUBLE");
        Integer scale = chain.getStreamScale();
        require(scale == null || (scale >= 0 && scale <= 30), "needs a stream scale of 0 to 30 bits, not " + scale);
        require(
                chain.getWeightNoise() == null,
                "has weight noise, which a recomputation would draw again: set it on the other layers only");
        chain.getSchedule().validate();
        Set<String> names = new HashSet<>();
        for (SubBlock block : chain.getSubBlocks()) {
            name(block.getName(), "sub-block");
            require(
                    names.add(block.getName()) && !Set.of("stem", "exit").contains(block.getName()),
                    "has two parts of the name \"" + block.getName()
                            + "\": names are unique, and stem and exit are taken");
            require(
                    !block.getFunction().isEmpty(),
                    "has a sub-block without layers, \"" + block.getName() + "\": remove it, or give it a function");
            require(
                    chain.modeOf(block) != ChainMode.REVERSE
                            || chain.getSchedule().smallestBeta() > 0,
                    "cannot invert sub-block \"" + block.getName()
                            + "\" at β = 0: use CHECKPOINT or STORE, or a schedule with β > 0");
        }
        Set<String> prefixes = new HashSet<>();
        for (ChainPart part : chain.parts()) {
            require(
                    prefixes.add(part.prefix()),
                    "has two layers whose parameters would be named \"" + part.prefix()
                            + "…\": give them names of their own");
            if (part.layer().getLayerName() != null) {
                name(part.layer().getLayerName(), "layer");
            }
            require(
                    !(part.layer() instanceof BaseLayer l) || l.getWeightNoise() == null,
                    "has weight noise in \"" + part.prefix() + "\", which a recomputation would draw again: remove it");
        }
    }

    private void name(String name, String what) {
        require(
                name != null && !name.isEmpty() && name.indexOf('_') < 0 && name.indexOf('.') < 0,
                "needs names without underscores (DL4J splits parameter names there) and dots; a " + what
                        + " is named \"" + name + "\": rename it");
    }

    private void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException("chain \"" + chain.getLayerName() + "\" " + message);
        }
    }
}
