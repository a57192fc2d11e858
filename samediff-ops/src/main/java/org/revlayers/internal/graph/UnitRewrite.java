package org.revlayers.internal.graph;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.nd4j.autodiff.samediff.SameDiff;
import org.revlayers.internal.backend.SameDiffInternals;
import org.revlayers.keep.Memory;

/**
 * Parts of a graph that keep less for backward, each in its own way. The given graph is not touched; the new one has its variables under the same names but for
 * those inside of parts that are computed again, its losses, the training configuration and the updater state.
 */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
public final class UnitRewrite {

    /**
     * A new graph.
     *
     * @param again   parts that are computed again in backward
     * @param thinned parts that keep thinned activations, by how
     * @param shapes  of placeholders
     * @throws NothingToConvertException if nothing in the parts that are to be thinned can be
     */
    public static SameDiff of(
            SameDiff sd, List<GraphUnit> again, Map<Memory, List<GraphUnit>> thinned, Map<String, long[]> shapes) {
        SameDiff graph = sd;
        for (Map.Entry<Memory, List<GraphUnit>> thin : thinned.entrySet()) {
            Set<String> dense = new HashSet<>(sd.variableMap().keySet());
            thin.getValue().forEach(unit -> unit.values().forEach(dense::remove));
            dense.retainAll(graph.variableMap().keySet());
            graph = thinned(graph, thin.getKey(), dense, shapes);
        }
        SameDiff copy = graph == sd ? SameDiffInternals.copy(sd) : graph;
        again.forEach(unit -> UnitGraph.checkpoint(copy, unit));
        return copy;
    }

    static SameDiff thinned(SameDiff sd, Memory memory, Set<String> dense, Map<String, long[]> shapes) {
        return RazorRewrite.convert(sd, RazorOptions.of(memory.thin(), dense, Map.of(), shapes))
                .graph();
    }
}
