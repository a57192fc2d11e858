package org.revlayers.internal.graph;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;

/**
 * Finds the function r that a network applies behind a residual addition: activations and norms, of one op or of their arithmetic, all of which
 * ends in the input of one other block.
 */
final class TrailingFinder {

    /** ND4J's names of ops that keep shapes, or that norms are written with; and this library's. */
    private static final Set<String> NAMES = Stream.of(
                    "relu relu6 leakyrelu elu selu gelu precise_gelu tanh hardtanh sigmoid hard_sigmoid softplus softsign swish mish",
                    "layer_norm batchnorm standardize reduce_mean reduce_variance var stddev reduce_stdev moments normalize_moments",
                    "add subtract multiply divide realdiv reversesubtract reversedivide squaredsubtract squareddifference",
                    "add_scalar sub_scalar mul_scalar div_scalar rsub_scalar rdiv_scalar pow pow_scalar Pow square sqrt rsqrt",
                    "reciprocal identity",
                    "relu1bit rev_gelu rev_silu regelu2 resilu2 ms_layer_norm ms_rms_norm razor_layer_norm rev_add")
            .flatMap(line -> Stream.of(line.split(" ")))
            .collect(Collectors.toUnmodifiableSet());

    /**
     * What was found.
     *
     * @param block that begins with r
     * @param ops   names of r's ops
     */
    record Trailing(ResidualBlock block, Set<String> ops) {}

    private final SameDiff graph;
    private final Set<String> keep;
    private final Map<String, ResidualBlock> byInput;

    /**
     * Looks between the blocks of a graph.
     *
     * @param keep    variables that must stay
     * @param byInput the blocks, by what they read
     */
    TrailingFinder(SameDiff graph, Set<String> keep, Map<String, ResidualBlock> byInput) {
        this.graph = graph;
        this.keep = keep;
        this.byInput = byInput;
    }

    /** The block behind this value and the r between; null if there is none, or something else reads what r does. */
    Trailing behind(String value) {
        Set<String> ops = new LinkedHashSet<>();
        ResidualBlock end = null;
        Deque<String> open = new ArrayDeque<>(List.of(value));
        while (!open.isEmpty()) {
            String variable = open.pop();
            List<String> readers = GraphWalk.readers(graph, variable);
            ResidualBlock next = byInput.get(variable);
            if (keep.contains(variable) || readers.isEmpty()) {
                return null;
            }
            if (next != null && !ops.isEmpty() && readers.stream().allMatch(next::has)) {
                if (end != null) {
                    return null;
                }
                end = next;
                continue;
            }
            for (String reader : readers) {
                SameDiffOp op = graph.getOps().get(reader);
                if (!NAMES.contains(op.getOp().opName()) || GraphWalk.hasControl(op)) {
                    return null;
                }
                if (ops.add(reader)) {
                    open.addAll(op.getOutputsOfOp());
                }
            }
        }
        return end == null || ops.contains(end.add()) ? null : new Trailing(end, ops);
    }
}
