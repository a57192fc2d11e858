package org.revlayers.backend;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nd4j.autodiff.listeners.At;
import org.nd4j.autodiff.listeners.Operation;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.config.SDValue;
import org.nd4j.autodiff.samediff.internal.FrameIter;
import org.nd4j.autodiff.samediff.internal.InferenceSession;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.linalg.api.ops.impl.shape.CreateView;

/** ND4J's session for a graph that runs inside an op of another graph. It holds no array from one run to the next. */
public final class InnerSession extends InferenceSession {

    private StepMemory memory;

    /** For a graph whose inputs are placeholders. */
    public InnerSession(SameDiff graph) {
        super(graph);
    }

    /**
     * Computes variables of the graph.
     *
     * @param memory for all arrays, those returned included
     */
    public Map<String, INDArray> run(List<String> variables, Map<String, INDArray> placeholders, StepMemory memory) {
        this.memory = memory;
        setMmgr(memory);
        boolean cache = sameDiff.isEnableCache(); // the graph may be the user's own
        sameDiff.setEnableCache(true); // without it, ND4J releases no array
        try {
            return output(variables, placeholders, null, List.of(), List.of(), At.defaultAt(Operation.INFERENCE));
        } finally {
            sameDiff.setEnableCache(cache);
            this.memory = null;
            nodeValueOutputs.clear();
            freedArrays.clear();
            getArrayUseTracker().clear();
        }
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
            memory.holdForView(op.getSecond().getInputArray(0));
        }
        return op;
    }
}
