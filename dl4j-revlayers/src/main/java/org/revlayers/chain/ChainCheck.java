package org.revlayers.chain;

import java.util.HashSet;
import java.util.Set;
import org.revlayers.internal.container.PartCheck;
import org.revlayers.internal.reversible.TwoStep;
import org.revlayers.reversible.ChainMode;

/** What must hold of a chain's configuration before it is built. */
final class ChainCheck {

    private final ReversibleChain chain;
    private final PartCheck parts;

    private ChainCheck(ReversibleChain chain) {
        this.chain = chain;
        this.parts = new PartCheck(chain);
    }

    static void check(ReversibleChain chain) {
        new ChainCheck(chain).check();
    }

    private void check() {
        require(!chain.getSubBlocks().isEmpty(), "has no sub-blocks: add one with subBlock(SubBlock.of(name, layers))");
        chain.getSchedule().validate();
        String misfit = TwoStep.obstacle(chain.getSchedule().getForm(), chain.getStart(), chain.getMerge());
        require(misfit == null, misfit);
        boolean momentum = chain.getSchedule().hasMomentum();
        boolean invertible = chain.getSchedule().smallestBeta() > 0;
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
                    !momentum || block.isResidual(),
                    "has momentum (β < 0) and a sub-block without a residual edge, \"" + block.getName()
                            + "\": momentum needs one: use β > 0, or residual(true)");
            require(
                    chain.modeOf(block) != ChainMode.REVERSE || invertible,
                    "cannot invert sub-block \"" + block.getName()
                            + "\" at β = 0: use CHECKPOINT or STORE, or a schedule without β = 0");
        }
    }

    private void name(String name, String what) {
        parts.name(name, what);
    }

    private void require(boolean holds, String message) {
        parts.require(holds, message);
    }
}
