package org.revlayers.chain;

import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.revlayers.kernel.StreamKernels;
import org.revlayers.layers.KeptTensor;
import org.revlayers.memory.Form;

/**
 * Which states of a chain are kept in a step, from its modes and coefficients alone.
 *
 * <p>State i is (x, y) in front of sub-block i, state n the end. A REVERSE sub-block i needs state i + 1 in backward and gives state i. A state
 * is an anchor, kept as it is, where the sub-block behind it does not give it, or where floating-point streams would have lost too many
 * digits.
 *
 * @param modes   of the sub-blocks
 * @param anchors n + 1 flags
 * @param sides   whether a sub-block's side bits are kept
 */
record ChainPlan(ChainMode[] modes, boolean[] anchors, boolean[] sides) {

    static ChainPlan of(ReversibleChain chain, int iteration) {
        return of(chain, chain.getStreams() == null ? StreamType.EXACT : chain.getStreams(), iteration);
    }

    static ChainPlan of(ReversibleChain chain, StreamType type, int iteration) {
        int n = chain.getSubBlocks().size();
        ChainMode[] modes = new ChainMode[n];
        boolean[] anchors = new boolean[n + 1];
        boolean[] sides = new boolean[n];
        double limit = type == StreamType.EXACT
                ? Double.POSITIVE_INFINITY
                : Math.log(chain.getTolerance() / (type == StreamType.FLOAT ? 0x1p-24 : 0x1p-53));
        double lost = Double.POSITIVE_INFINITY; // nothing behind the end gives its state
        for (int i = n - 1; i >= 0; i--) {
            SubBlock block = chain.getSubBlocks().get(i);
            Coefficients c = chain.coefficients(block, iteration);
            modes[i] = chain.modeOf(block);
            if (modes[i] != ChainMode.REVERSE) {
                lost = Double.POSITIVE_INFINITY;
                continue;
            }
            double more = type == StreamType.EXACT ? 0 : Math.log(c.errorGrowth());
            anchors[i + 1] = Double.isInfinite(lost) || lost + more > limit;
            lost = anchors[i + 1] ? more : lost + more;
            sides[i] = type == StreamType.EXACT && StreamKernels.sideBits(c.b(), c.q()) > 0;
        }
        return new ChainPlan(modes, anchors, sides);
    }

    int size() {
        return modes.length;
    }

    /** Whether backward has to get the y of the state in front of this sub-block: for a REVERSE one before it, or for the start's checksum. */
    boolean givesState(int i) {
        return modes[i] == ChainMode.REVERSE && !anchors[i];
    }

    List<KeptTensor> predict(ReversibleChain chain, InputType input, int iteration) {
        long elements = ChainShapes.stream(chain, input).arrayElementsPerExample();
        boolean wide = chain.getStreams() == StreamType.DOUBLE;
        List<KeptTensor> kept = new ArrayList<>();
        for (int i = 0; i <= size(); i++) {
            if (anchors[i]) {
                boolean inOutput = i == size() && ChainHost.sharesOutput(chain);
                String name = i == size()
                        ? ""
                        : anchorPart(chain.getSubBlocks().get(i).getName()) + "/";
                kept.add(
                        inOutput
                                ? KeptTensor.shared(name + "x", elements)
                                : new KeptTensor(name + "x", Form.DENSE, elements, wide ? 64 : 32));
                kept.add(new KeptTensor(name + "y", Form.DENSE, elements, wide ? 64 : 32));
            }
            if (i < size()) {
                predict(chain, i, iteration, elements, kept);
            }
        }
        return kept;
    }

    private void predict(ReversibleChain chain, int i, int iteration, long elements, List<KeptTensor> kept) {
        SubBlock block = chain.getSubBlocks().get(i);
        Coefficients c = chain.coefficients(block, iteration);
        if (sides[i]) {
            kept.add(KeptTensor.coded(block.getName() + "/side", elements, StreamKernels.sideBits(c.b(), c.q())));
        }
        if (modes[i] != ChainMode.REVERSE) {
            kept.add(KeptTensor.dense(block.getName() + "/input", elements));
        }
    }

    /** The part of what a chain keeps that holds an anchor in front of a sub-block. */
    static String anchorPart(String block) {
        return "before " + block;
    }
}
