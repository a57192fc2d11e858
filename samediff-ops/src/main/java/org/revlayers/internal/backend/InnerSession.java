package org.revlayers.internal.backend;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.listeners.At;
import org.nd4j.autodiff.listeners.Operation;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.api.ops.OpContext;

/** ND4J's session for a graph that runs inside an op of another graph. It holds no array from one run to the next. */
public final class InnerSession extends LeanSession {

    private Map<String, INDArray> into = Map.of();

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
        return run(variables, placeholders, Map.of(), memory);
    }

    /**
     * The same with arrays that are there already: an op of ND4J's or ours that computes one of these variables writes it there, and it is what is returned.
     *
     * @param into by variable; another op's value, or one of another shape or order, is returned in an array of its own
     */
    public Map<String, INDArray> run(
            List<String> variables, Map<String, INDArray> placeholders, Map<String, INDArray> into, StepMemory memory) {
        use(memory);
        this.into = into;
        boolean cache = sameDiff.isEnableCache(); // the graph may be the user's own
        sameDiff.setEnableCache(true); // without it, ND4J releases no array
        try {
            return output(variables, placeholders, null, List.of(), List.of(), At.defaultAt(Operation.INFERENCE));
        } finally {
            sameDiff.setEnableCache(cache);
            this.into = Map.of();
            forget();
        }
    }

    @Override
    void parameterized(Pair<SameDiffOp, OpContext> op) {
        if (into.isEmpty() || op.getSecond() == null || !(op.getFirst().getOp() instanceof DynamicCustomOp)) {
            return;
        }
        List<String> outputs = op.getFirst().getOutputsOfOp();
        for (int i = 0; i < outputs.size(); i++) {
            INDArray target = into.get(outputs.get(i));
            INDArray made = target == null ? null : op.getSecond().getOutputArray(i);
            if (made != null && isSame(made, target)) {
                op.getSecond().setOutputArray(i, target);
                getMmgr().release(made);
            }
        }
    }

    private static boolean isSame(INDArray made, INDArray target) {
        return made.equalShapes(target)
                && made.dataType() == target.dataType()
                && Arrays.equals(made.stride(), target.stride());
    }
}
