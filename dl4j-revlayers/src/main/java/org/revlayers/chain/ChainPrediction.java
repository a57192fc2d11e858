package org.revlayers.chain;

import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.nd4j.linalg.api.buffer.DataType;
import org.revlayers.internal.inner.InnerLayers;
import org.revlayers.internal.keep.Form;
import org.revlayers.internal.keep.Prediction;
import org.revlayers.internal.reversible.Plan;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.StreamType;

/**
 * What a chain keeps in a step, predicted.
 *
 * @param chain    the configuration
 * @param type     of the network's arrays
 * @param branches an outline of its functions
 * @param plan     of the step
 */
record ChainPrediction(StreamLayer chain, DataType type, ChainBranches branches, Plan plan) {

    /** Of the coefficients in force. */
    static ChainPrediction of(StreamLayer chain, DataType type) {
        InnerLayers.Setting setting = InnerLayers.Setting.outline(type, chain.hosts());
        return new ChainPrediction(chain, type, chain.branches(null, setting), chain.plan(chain.streamsIn(type), true));
    }

    List<Prediction> predict(InputType input) {
        InputType stream = chain.stream(input);
        List<Prediction> kept = new ArrayList<>();
        for (int i = 0; i < plan.size(); i++) {
            List<Prediction> own = new ArrayList<>();
            if (i > 0 && plan.isAnchor(i)) {
                state(anchorPart(branches.subBlocks().get(i).name()) + "/", false, stream, own);
            }
            predict(i, stream, own);
            boolean moves = chain.isOnDisk() && i + 1 < plan.size();
            own.forEach(t -> kept.add(moves ? t.moved() : t));
        }
        if (plan.isAnchor(plan.size())) {
            List<Prediction> end = new ArrayList<>();
            state("", new ChainEnds(chain, ImageOrder.AS_GIVEN).leavesXInOutput(), stream, end);
            end.forEach(t -> kept.add(chain.isOnDisk() ? t.moved() : t));
        } else if (branches.exit() != null) {
            kept.add(Prediction.dense(
                    "exit/input", ChainShapes.merged(chain, stream).arrayElementsPerExample()));
        }
        return kept;
    }

    /**
     * x and y, as DOUBLE or as four bytes, which integer streams take too; x is not kept twice where the output has its very numbers, which
     * half precision has not.
     */
    private void state(String part, boolean inOutput, InputType stream, List<Prediction> kept) {
        long elements = stream.arrayElementsPerExample();
        DataType network = type == null ? DataType.FLOAT : type;
        DataType own = plan.streams() == StreamType.DOUBLE ? DataType.DOUBLE : DataType.FLOAT;
        boolean shared = inOutput && own == network;
        int bits = own.width() * Byte.SIZE;
        kept.add(
                shared
                        ? Prediction.shared(part + "x", elements)
                        : new Prediction(part + "x", Form.DENSE, elements, bits));
        kept.add(new Prediction(part + "y", Form.DENSE, elements, bits));
    }

    private void predict(int i, InputType stream, List<Prediction> kept) {
        Branch branch = branches.subBlocks().get(i);
        String name = branch.name() + "/";
        long elements = stream.arrayElementsPerExample();
        if (plan.sideBits(i) > 0) {
            kept.add(Prediction.grouped(name + ChainStep.SIDE, elements, plan.sideBits(i)));
        }
        if (plan.mode(i) == ChainMode.CHECKPOINT) {
            kept.add(Prediction.dense(name + ChainStep.INPUT, elements));
        }
        if (plan.mode(i) == ChainMode.STORE) {
            boolean plain = branch.entry() == null;
            kept.addAll(branch.inputKeeper().predict(name + ChainStep.INPUT, elements));
            if (branch.function().readsOutput()) {
                kept.add(Prediction.dense(name + (plain ? ChainStep.OUTPUT : "layers/out"), elements));
            }
            if (!plain) {
                kept.add(Prediction.dense(name + "layers/u", elements));
                branch.entry().predictKept(stream).forEach(t -> kept.add(t.under(name + "layers/r/")));
            }
            branch.function()
                    .predictKept(stream)
                    .forEach(t -> kept.add(t.under(name + (plain ? "layers/" : "layers/f/"))));
        }
    }

    /** The part of what a chain keeps that holds an anchor in front of a sub-block. */
    static String anchorPart(String block) {
        return "before " + block;
    }
}
