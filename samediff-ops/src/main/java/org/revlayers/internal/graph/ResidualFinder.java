package org.revlayers.internal.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.transforms.pairwise.arithmetic.AddOp;
import org.revlayers.internal.backend.GraphOutputs;
import org.revlayers.internal.op.base.RevAdd;

/** Finds runs of residual blocks in a graph, and notes why other additions are none. */
final class ResidualFinder {

    private final SameDiff graph;
    private final Set<String> keep;
    private final Set<String> except;
    private final Map<String, ResidualBlock> next = new HashMap<>();
    private final Set<String> followers = new HashSet<>();
    private final Map<String, String> left = new LinkedHashMap<>();
    private final List<ResidualBlock> blocks = new ArrayList<>();

    /**
     * Looks at a graph; it is not changed.
     *
     * @param options of which the sample may be null: then shapes are not checked
     */
    ResidualFinder(SameDiff graph, ChainRewrite.Options options) {
        this.graph = graph;
        this.except = options.except();
        this.keep = new HashSet<>(options.keep());
        this.keep.addAll(graph.getLossVariables());
        for (SameDiffOp op : graph.getOps().values()) {
            if ((op.getOp() instanceof AddOp || op.getOp() instanceof RevAdd)
                    && op.getInputsToOp().size() == 2) {
                look(op, op.getInputsToOp().get(0), op.getInputsToOp().get(1));
                look(op, op.getInputsToOp().get(1), op.getInputsToOp().get(0));
            }
        }
        Map<String, INDArray> values =
                options.sample() == null || blocks.isEmpty() ? null : leaveBroadcasts(options.sample());
        link();
        linkBehindTrailing(values);
    }

    /** Additions of x and something computed from x that are not in a run nor inside its blocks, by the names of their values, and why. */
    Map<String, String> left() {
        return left;
    }

    /** Disjoint runs of at least so many blocks; of nested ones the outermost. */
    List<List<ResidualBlock>> runs(int atLeast) {
        List<List<ResidualBlock>> runs = Rows.of(blocks, block -> next.get(block.value()), ResidualBlock::value);
        List<List<ResidualBlock>> bySize = new ArrayList<>(runs);
        bySize.sort(Comparator.comparingInt((List<ResidualBlock> run) -> run.stream()
                        .mapToInt(b -> b.ops().size() + b.entry().size())
                        .sum())
                .reversed());
        Set<String> taken = new HashSet<>();
        Set<String> adds = new HashSet<>();
        Set<List<ResidualBlock>> chosen = new HashSet<>();
        for (List<ResidualBlock> run : bySize) {
            if (run.stream()
                    .anyMatch(b -> taken.contains(b.add()) || b.entry().stream().anyMatch(adds::contains))) {
                continue;
            }
            if (run.size() >= atLeast) {
                chosen.add(run);
                for (ResidualBlock b : run) {
                    taken.addAll(b.ops());
                    taken.addAll(b.entry());
                    adds.add(b.add());
                }
            } else {
                run.forEach(b -> left.put(b.value(), run.size() + " in a row, " + atLeast + " are asked for"));
            }
        }
        left.keySet()
                .removeIf(
                        value -> taken.contains(graph.getVariables().get(value).getOutputOfOp()));
        runs.retainAll(chosen);
        return runs;
    }

    /** Takes out the additions of arrays of two shapes. */
    private Map<String, INDArray> leaveBroadcasts(Map<String, INDArray> sample) {
        List<String> variables = new ArrayList<>();
        blocks.forEach(b -> variables.addAll(List.of(b.input(), b.branch())));
        Map<String, INDArray> values = GraphOutputs.once(graph, sample, variables);
        blocks.removeIf(b -> {
            long[] x = values.get(b.input()).shape();
            long[] f = values.get(b.branch()).shape();
            if (!Arrays.equals(x, f)) {
                left.put(
                        b.value(),
                        "it broadcasts \"" + b.input() + "\" of shape " + Arrays.toString(x) + " and \"" + b.branch()
                                + "\" of shape " + Arrays.toString(f));
            }
            return !Arrays.equals(x, f);
        });
        return values;
    }

    /** Of each block, the one behind it: it alone may read the value. */
    private void link() {
        for (ResidualBlock block : blocks) {
            ResidualBlock before = blocks.stream()
                    .filter(b -> b.value().equals(block.input()))
                    .findFirst()
                    .orElse(null);
            if (before != null
                    && !keep.contains(block.input())
                    && GraphWalk.readers(graph, block.input()).stream().allMatch(block::has)) {
                next.put(before.value(), block);
                followers.add(block.value());
            }
        }
    }

    /** The same across the function that post-activation and post-norm networks apply behind an addition. */
    private void linkBehindTrailing(Map<String, INDArray> values) {
        Map<String, ResidualBlock> byInput = new HashMap<>();
        blocks.forEach(b -> byInput.put(b.input(), b));
        TrailingFinder finder = new TrailingFinder(graph, keep, byInput);
        for (ResidualBlock before : blocks) {
            TrailingFinder.Trailing r = next.containsKey(before.value()) ? null : finder.behind(before.value());
            boolean same = r != null
                    && !followers.contains(r.block().value())
                    && graph.getVariable(r.block().input()).dataType()
                            == graph.getVariable(before.value()).dataType()
                    && (values == null
                            || values.get(before.input())
                                    .equalShapes(values.get(r.block().input())));
            if (same) {
                next.put(before.value(), r.block().behind(before.value(), r.ops()));
                followers.add(r.block().value());
            }
        }
    }

    private void look(SameDiffOp add, String x, String f) {
        Set<String> ops = GraphWalk.between(graph, x, f);
        if (x.equals(f) || ops.isEmpty()) {
            return;
        }
        String value = add.getOutputsOfOp().get(0);
        ResidualBlock block = new ResidualBlock(x, f, value, add.getName(), ops);
        String why = obstacle(block);
        if (why == null) {
            blocks.add(block);
        } else {
            left.put(value, why);
        }
    }

    private String obstacle(ResidualBlock block) {
        if (except.contains(block.value())) {
            return "it is to stay as it is";
        }
        DataType type = graph.getVariable(block.input()).dataType();
        if (type != DataType.FLOAT && type != DataType.DOUBLE && type != DataType.FLOAT16) {
            return "it is of type " + type;
        }
        if (graph.getVariable(block.branch()).dataType() != type) {
            return "\"" + block.branch() + "\" is not of type " + type;
        }
        if (GraphWalk.hasControl(graph.getOps().get(block.add()))) {
            return "it has control dependencies";
        }
        return Replayable.obstacle(graph, block.ops(), keep, block::has, null);
    }
}
