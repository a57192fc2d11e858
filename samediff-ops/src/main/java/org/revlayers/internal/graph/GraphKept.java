package org.revlayers.internal.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.common.util.ArrayUtil;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.backend.GraphCut;
import org.revlayers.internal.backend.InnerSession;
import org.revlayers.internal.backend.SameDiffInternals;
import org.revlayers.internal.backend.StepMemory;

/**
 * What a training step of a graph keeps for backward, read off its gradient graph: the values that the ops which compute gradients read and
 * that do not depend on gradients themselves. Makes the gradient graph.
 */
final class GraphKept {

    /** ND4J ends the name of a variable's gradient so. */
    private static final String GRADIENT = "-grad";

    private final SameDiff gradients;
    private final Map<String, String> readers = new LinkedHashMap<>();

    GraphKept(SameDiff graph) {
        gradients = SameDiffInternals.gradientGraph(graph);
        List<String> wanted = new ArrayList<>();
        for (SDVariable v : graph.variables()) {
            SDVariable gradient = SameDiffInternals.isTrained(v) ? gradients.getGradForVariable(v.name()) : null;
            if (gradient != null) {
                wanted.add(gradient.name());
            }
        }
        Set<String> behind = new HashSet<>();
        for (String name : GraphCut.order(gradients, wanted)) {
            SameDiffOp op = gradients.getOps().get(name);
            if (!graph.getOps().containsKey(name)
                    && (op.getInputsToOp().stream().anyMatch(behind::contains)
                            || op.getOutputsOfOp().stream().anyMatch(v -> v.endsWith(GRADIENT)))) {
                behind.addAll(op.getOutputsOfOp());
                for (String variable : op.getInputsToOp()) {
                    if (gradients.getVariables().get(variable).getOutputOfOp() != null) {
                        readers.putIfAbsent(variable, op.getOp().opName());
                    }
                }
            }
        }
        readers.keySet().removeAll(behind);
    }

    /** An op of the backward pass that reads this variable, or null. */
    String reader(String variable) {
        return readers.get(variable);
    }

    /** Bytes that are kept, computed by running what they need on zeros; empty if there are no placeholders to run it with. */
    OptionalLong bytes(Map<String, INDArray> placeholders) {
        if (placeholders == null) {
            return OptionalLong.empty();
        }
        return OptionalLong.of(shapes(gradients, readers.keySet(), placeholders).values().stream()
                .mapToLong(d -> ArrayUtil.prodLong(d.getShape()) * d.dataType().width())
                .sum());
    }

    /** Types and shapes of computed variables: runs the graph. */
    static Map<String, LongShapeDescriptor> shapes(
            SameDiff graph, Collection<String> variables, Map<String, INDArray> placeholders) {
        Map<String, LongShapeDescriptor> shapes = new HashMap<>();
        if (!variables.isEmpty()) {
            try (StepMemory memory = StepMemory.open()) {
                new InnerSession(graph)
                        .run(new ArrayList<>(variables), placeholders, memory)
                        .forEach((name, array) -> shapes.put(name, array.shapeDescriptor()));
            }
        }
        return shapes;
    }

    /** Zeros for all placeholders; null if the shape of one is unknown. Graphs from files have unknown shapes as those of scalars. */
    static Map<String, INDArray> zeros(SameDiff graph, Map<String, long[]> shapes) {
        Map<String, INDArray> zeros = new HashMap<>();
        for (String name : graph.inputs()) {
            SDVariable v = graph.getVariable(name);
            long[] shape = shapes.getOrDefault(name, v.getShape());
            boolean unknown = shape == null || shape.length == 0 && !shapes.containsKey(name);
            if (unknown || Arrays.stream(shape).anyMatch(n -> n < 1)) {
                return null;
            }
            zeros.put(name, Nd4j.zeros(v.dataType(), shape));
        }
        return zeros;
    }
}
