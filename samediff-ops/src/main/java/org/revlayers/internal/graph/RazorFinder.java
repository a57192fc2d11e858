package org.revlayers.internal.graph;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.api.ops.impl.controlflow.compat.BaseCompatOp;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.revlayers.internal.backend.GraphCut;
import org.revlayers.internal.backend.SameDiffInternals;

/** Finds the ops of a graph that can be swapped, and notes why others cannot. */
final class RazorFinder {

    private static final int UNKNOWN = -1;

    private final SameDiff graph;
    private final RazorOptions options;
    private final Set<String> trained = new HashSet<>();

    /** What is computed from placeholders; a weight that is permuted, cast or scaled is none. */
    private final Set<String> activations = new HashSet<>();

    private final Set<String> looped = new HashSet<>();
    private final Map<String, RazorSwap> swaps = new LinkedHashMap<>();
    private final Map<String, String> left = new LinkedHashMap<>();
    private Map<String, LongShapeDescriptor> shapes = Map.of();

    /**
     * Looks at a graph; it is not changed.
     *
     * @param placeholders to learn shapes with, or null
     */
    RazorFinder(SameDiff graph, RazorOptions options, Map<String, INDArray> placeholders) {
        this.graph = graph;
        this.options = options;
        for (SDVariable v : graph.variables()) {
            if (SameDiffInternals.isTrained(v)) {
                trained.add(v.name());
            }
        }
        List<String> order = GraphCut.order(graph, graph.getLossVariables());
        for (String name : order) {
            SameDiffOp op = graph.getOps().get(name);
            if (op.getInputsToOp().stream().anyMatch(v -> isPlaceholder(v) || activations.contains(v))) {
                activations.addAll(op.getOutputsOfOp());
            }
        }
        if (placeholders != null) {
            shapes = GraphKept.shapes(graph, normalised(order), placeholders);
        }
        for (String name : order) {
            look(graph.getOps().get(name));
        }
        graph.getOps().forEach((name, op) -> {
            if (!order.contains(name) && kind(op) != null) {
                left.put(op.getOutputsOfOp().get(0), "no loss depends on it");
            }
        });
    }

    /** By the values' names, each op after those that it needs. */
    Map<String, RazorSwap> swaps() {
        return swaps;
    }

    /** Values of ops of the kinds in question that cannot be swapped, and why. */
    Map<String, String> left() {
        return left;
    }

    private Set<String> normalised(List<String> order) {
        Set<String> inputs = new HashSet<>();
        for (String name : order) {
            RazorKind kind = kind(graph.getOps().get(name));
            if (kind == RazorKind.SOFTMAX || kind == RazorKind.LAYER_NORM) {
                inputs.add(graph.getOps().get(name).getInputsToOp().get(0));
            }
        }
        return inputs;
    }

    private void look(SameDiffOp op) {
        List<String> in = op.getInputsToOp();
        if (in.stream().anyMatch(trained::contains)) {
            trained.addAll(op.getOutputsOfOp());
        }
        if (op.getOp() instanceof BaseCompatOp || in.stream().anyMatch(looped::contains)) {
            looped.addAll(op.getOutputsOfOp());
        }
        RazorKind kind = kind(op);
        if (kind == null) {
            return;
        }
        String value = op.getOutputsOfOp().get(0);
        List<String> thinned = thinned(kind, op);
        String why = obstacle(kind, op, value, thinned);
        if (why == null) {
            swaps.put(value, new RazorSwap(kind, op.getName(), thinned));
        } else {
            left.put(value, why);
        }
    }

    private RazorKind kind(SameDiffOp op) {
        return switch (op.getOp().opName()) {
            case "xw_plus_b" -> RazorKind.LINEAR;
            case "conv2d" -> RazorKind.CONV2D;
            case "matmul" -> activations.containsAll(op.getInputsToOp()) ? RazorKind.MATMUL : RazorKind.LINEAR;
            case "softmax" -> RazorKind.SOFTMAX;
            case "layer_norm" -> RazorKind.LAYER_NORM;
            default -> null;
        };
    }

    private boolean isPlaceholder(String variable) {
        return graph.getVariable(variable).getVariableType() == VariableType.PLACEHOLDER;
    }

    private List<String> thinned(RazorKind kind, SameDiffOp op) {
        List<String> read =
                switch (kind) {
                    case SOFTMAX -> op.getOutputsOfOp();
                    default -> op.getInputsToOp().subList(0, op.getOp().opName().equals("matmul") ? 2 : 1);
                };
        List<String> thinned = new ArrayList<>();
        for (String variable : read) {
            if (activations.contains(variable) && !thinned.contains(variable)) {
                thinned.add(variable);
            }
        }
        return thinned;
    }

    private String obstacle(RazorKind kind, SameDiffOp op, String value, List<String> thinned) {
        if (options.dense().contains(value)) {
            return "it is to stay";
        }
        DataType type = graph.getVariable(value).dataType();
        if (type != DataType.FLOAT && type != DataType.DOUBLE && type != DataType.FLOAT16) {
            return "it is of type " + type;
        }
        if (!trained.contains(value)) {
            return "no parameter is trained through it";
        }
        if (looped.contains(value) || GraphWalk.hasControl(op)) {
            return "it is part of a loop or a condition, or has control dependencies";
        }
        if (thinned.isEmpty()) {
            return "what it reads lives anyway: a placeholder, a parameter or a constant, or what is computed from"
                    + " parameters and constants alone";
        }
        return setting(kind, op, (DynamicCustomOp) op.getOp());
    }

    private String setting(RazorKind kind, SameDiffOp op, DynamicCustomOp stock) {
        String input = op.getInputsToOp().get(0);
        int rank = shapes.containsKey(input) ? shapes.get(input).rank() : UNKNOWN;
        boolean fits =
                switch (kind) {
                    case SOFTMAX -> isLast(stock.iArgs(), rank);
                    case LAYER_NORM -> isLast(stock.iArgs(), rank)
                            && (rank == 2 || stock.numBArguments() > 0 && !stock.bArgs()[0]);
                    case CONV2D -> stock.numIArguments() >= 9;
                    default -> stock.opName().equals("matmul")
                            ? stock.numTArguments() == 0 || stock.tArgs()[0] == 1 && stock.tArgs()[1] == 0
                            : stock.numIArguments() == 0;
                };
        if (fits) {
            return null;
        }
        return switch (kind) {
            case SOFTMAX, LAYER_NORM -> "it is not over the last axis"
                    + (rank == UNKNOWN ? ", or that is not known: give the placeholders' shapes" : "");
            default -> "it has settings that the razor op has not";
        };
    }

    private static boolean isLast(long[] axes, int rank) {
        return axes.length == 1 && (axes[0] == -1 || axes[0] == rank - 1 && rank != UNKNOWN);
    }
}
