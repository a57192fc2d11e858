package org.revlayers.chain;

import java.util.HashSet;
import java.util.Set;
import org.revlayers.internal.container.PartCheck;
import org.revlayers.reversible.ChainForm;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.StreamMerge;
import org.revlayers.reversible.StreamStart;

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
        ChainForm form = chain.getSchedule().getForm();
        require(
                form == ChainForm.DUAL_RESIDUAL || chain.getStart() != StreamStart.SPLIT,
                "has coefficients of the form " + form
                        + ", in which y begins with 0, and a SPLIT start: use BETA_X0 or ZERO");
        require(
                form != ChainForm.RANDOM_SIGNS || chain.getMerge() == StreamMerge.X_ONLY,
                "has random signs, with which inference has no y, and the merge " + chain.getMerge() + ": use X_ONLY");
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
