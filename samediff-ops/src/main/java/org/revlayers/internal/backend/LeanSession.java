package org.revlayers.internal.backend;

import java.util.Map;
import java.util.Set;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.config.SDValue;
import org.nd4j.autodiff.samediff.internal.FrameIter;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.autodiff.samediff.internal.TrainingSession;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.linalg.api.ops.impl.shape.CreateView;

/**
 * ND4J's session, made to hold no array from one run to the next. A training session that has neither losses nor gradients is an inference session: so one
 * base serves both.
 */
abstract class LeanSession extends TrainingSession {

    private SessionArrays arrays;

    LeanSession(SameDiff graph) {
        super(graph);
        gradVarToVarMap = Map.of();
        lossVarsToLossIdx = Map.of();
    }

    /** Says where arrays come from. */
    final void use(SessionArrays memory) {
        arrays = memory;
        setMmgr(memory);
    }

    /** Lets go of everything that ND4J holds after a run. */
    final void forget() {
        nodeValueOutputs.clear();
        freedArrays.clear();
        getArrayUseTracker().clear();
    }

    /** An op is about to run. */
    void parameterized(Pair<SameDiffOp, OpContext> op) {
        // nothing to note
    }

    @Override
    public Pair<SameDiffOp, OpContext> getAndParameterizeOp(
            String opName,
            FrameIter frame,
            Set<VarId> inputs,
            Set<VarId> allIterationsInputs,
            Set<String> constantsAndPlaceholders,
            Map<String, INDArray> placeholders,
            Set<String> required,
            Map<String, SDValue> otherPlaceholders) {
        Pair<SameDiffOp, OpContext> op = super.getAndParameterizeOp(
                opName,
                frame,
                inputs,
                allIterationsInputs,
                constantsAndPlaceholders,
                placeholders,
                required,
                otherPlaceholders);
        if (op.getFirst().getOp() instanceof CreateView) {
            arrays.holdForView(op.getSecond().getInputArray(0));
        }
        parameterized(op);
        return op;
    }
}
