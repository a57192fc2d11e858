package org.revlayers.chain;

import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.nd4j.linalg.api.buffer.DataType;
import org.revlayers.inner.InnerLayers;
import org.revlayers.inner.InnerNetwork;
import org.revlayers.keep.Form;
import org.revlayers.keep.Prediction;
import org.revlayers.kernel.stream.StreamKernels;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.Coefficients;
import org.revlayers.reversible.StreamType;

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
 * @param coefficients of the sub-blocks
 */
record ChainPlan(ChainMode[] modes, boolean[] anchors, boolean[] sides, List<Coefficients> coefficients) {

    static ChainPlan of(ReversibleChain chain) {
        return of(chain, chain.streamsIn(chain.getNetworkType()));
    }

    /** Of the coefficients in force. */
    static ChainPlan of(ReversibleChain chain, StreamType type) {
        int n = chain.getSubBlocks().size();
        ChainMode[] modes = new ChainMode[n];
        boolean[] anchors = new boolean[n + 1];
        boolean[] sides = new boolean[n];
        List<Coefficients> coefficients =
                chain.getSubBlocks().stream().map(chain::coefficients).toList();
        double limit = type == StreamType.EXACT
                ? Double.POSITIVE_INFINITY
                : Math.log(chain.getTolerance() / (type == StreamType.FLOAT ? 0x1p-24 : 0x1p-53));
        double lost = Double.POSITIVE_INFINITY; // nothing behind the end gives its state
        for (int i = n - 1; i >= 0; i--) {
            Coefficients c = coefficients.get(i);
            modes[i] = chain.modeOf(chain.getSubBlocks().get(i), c);
            if (modes[i] != ChainMode.REVERSE) {
                lost = Double.POSITIVE_INFINITY;
                continue;
            }
            double more = type == StreamType.EXACT ? 0 : Math.log(c.errorGrowth());
            anchors[i + 1] = Double.isInfinite(lost) || lost + more > limit;
            lost = anchors[i + 1] ? more : lost + more;
            sides[i] = type == StreamType.EXACT && StreamKernels.sideBits(c.magnitude(), c.q()) > 0;
        }
        return new ChainPlan(modes, anchors, sides, coefficients);
    }

    int size() {
        return modes.length;
    }

    /** Whether a run of REVERSE sub-blocks begins with this one. */
    boolean startsRun(int i) {
        return modes[i] == ChainMode.REVERSE && (i == 0 || modes[i - 1] != ChainMode.REVERSE);
    }

    List<Prediction> predict(ReversibleChain chain, InputType input, int iteration) {
        InputType stream = ChainShapes.stream(chain, input);
        List<Prediction> kept = new ArrayList<>();
        for (int i = 0; i < size(); i++) {
            SubBlock block = chain.getSubBlocks().get(i);
            if (i > 0 && anchors[i]) {
                state(chain, anchorPart(block.getName()) + "/", false, stream, kept);
            }
            predict(chain, i, iteration, stream, kept);
        }
        if (anchors[size()]) {
            state(chain, "", new ChainEnds(chain).leavesXInOutput(), stream, kept);
        } else if (!chain.getExit().isEmpty()) {
            kept.add(Prediction.dense(
                    "exit/input", ChainShapes.merged(chain, stream).arrayElementsPerExample()));
        }
        return kept;
    }

    /**
     * x and y, as DOUBLE or as four bytes, which integer streams take too; x is not kept twice where the output has its very numbers, which
     * half precision has not.
     */
    private static void state(
            ReversibleChain chain, String part, boolean inOutput, InputType stream, List<Prediction> kept) {
        long elements = stream.arrayElementsPerExample();
        DataType network = chain.getNetworkType() == null ? DataType.FLOAT : chain.getNetworkType();
        DataType type = chain.streamsIn(network) == StreamType.DOUBLE ? DataType.DOUBLE : DataType.FLOAT;
        boolean shared = inOutput && type == network;
        int bits = type.width() * Byte.SIZE;
        kept.add(
                shared
                        ? Prediction.shared(part + "x", elements)
                        : new Prediction(part + "x", Form.DENSE, elements, bits));
        kept.add(new Prediction(part + "y", Form.DENSE, elements, bits));
    }

    private void predict(ReversibleChain chain, int i, int iteration, InputType stream, List<Prediction> kept) {
        SubBlock block = chain.getSubBlocks().get(i);
        String name = block.getName() + "/";
        long elements = stream.arrayElementsPerExample();
        Coefficients c = coefficients.get(i);
        if (sides[i]) {
            kept.add(Prediction.grouped(name + "side", elements, StreamKernels.sideBits(c.magnitude(), c.q())));
        }
        if (modes[i] == ChainMode.CHECKPOINT) {
            kept.add(Prediction.dense(name + "input", elements));
        }
        if (modes[i] == ChainMode.STORE) {
            InnerNetwork function = outline(chain, block.getFunction());
            boolean plain = block.getEntry().isEmpty();
            InnerNetwork entry = plain ? null : outline(chain, block.getEntry());
            kept.addAll(
                    new Branch(block.getName(), entry, function).inputKeeper().predict(name + "input", elements));
            if (function.readsOutput()) {
                kept.add(Prediction.dense(name + (plain ? "output" : "layers/out"), elements));
            }
            if (!plain) {
                kept.add(Prediction.dense(name + "layers/u", elements));
                entry.predictKept(stream, iteration).forEach(t -> kept.add(t.under(name + "layers/r/")));
            }
            function.predictKept(stream, iteration)
                    .forEach(t -> kept.add(t.under(name + (plain ? "layers/" : "layers/f/"))));
        }
    }

    private static InnerNetwork outline(ReversibleChain chain, List<Layer> layers) {
        return InnerLayers.outline(layers, chain.getNetworkType(), chain.hosts());
    }

    /** The part of what a chain keeps that holds an anchor in front of a sub-block. */
    static String anchorPart(String block) {
        return "before " + block;
    }
}
