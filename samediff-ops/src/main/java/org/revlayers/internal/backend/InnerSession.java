package org.revlayers.internal.backend;

import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.listeners.At;
import org.nd4j.autodiff.listeners.Operation;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/** ND4J's session for a graph that runs inside an op of another graph. It holds no array from one run to the next. */
public final class InnerSession extends LeanSession {

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
        use(memory);
        boolean cache = sameDiff.isEnableCache(); // the graph may be the user's own
        sameDiff.setEnableCache(true); // without it, ND4J releases no array
        try {
            return output(variables, placeholders, null, List.of(), List.of(), At.defaultAt(Operation.INFERENCE));
        } finally {
            sameDiff.setEnableCache(cache);
            forget();
        }
    }
}
