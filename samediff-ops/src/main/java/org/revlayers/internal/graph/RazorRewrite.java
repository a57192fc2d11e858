package org.revlayers.internal.graph;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.blas.params.MMulTranspose;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.revlayers.internal.backend.GraphCut;
import org.revlayers.internal.backend.SameDiffInternals;
import org.revlayers.internal.op.razor.RazorConv2d;
import org.revlayers.internal.op.razor.RazorLayerNorm;
import org.revlayers.internal.op.razor.RazorLinear;
import org.revlayers.internal.op.razor.RazorMatmul;
import org.revlayers.internal.op.razor.RazorOp;
import org.revlayers.internal.op.razor.RazorSoftmax;
import org.revlayers.keep.RazorFill;
import org.revlayers.keep.RazorValues;

/**
 * Makes an existing training graph, imported or written for stock ND4J, keep thinned activations for its backward (Back Razor): swaps its
 * linear, convolution, product, softmax and norm ops for those of {@link org.revlayers.op}. Values stay what they are, bit for bit.
 *
 * <p>Activations are what is computed from placeholders; what is computed from parameters and constants alone, such as a permuted, cast or scaled
 * weight, counts as a weight.
 *
 * <p>An activation is thinned if nothing else keeps it dense: an op whose input is a placeholder, or is read by the backward of another op, such as
 * stock {@code add} or {@code mul} ({@code RevOps.add} keeps neither), is left, for a thinned copy beside it would only cost. Of a product's two factors
 * one may be thinned. Several ops that read one activation share its copy.
 *
 * <p>The given graph is not touched. The new one has its variables under the same names, its losses, the training configuration and the
 * updater state. A sample is an index of an activation's first axis: in graphs that fold tokens into rows, thresholds are per row. The graph is copied
 * as {@code SameDiff.dup} does, through a buffer of at most 2 GB.
 */
public final class RazorRewrite {

    private RazorRewrite() {}

    /**
     * A rewritten graph.
     *
     * @param graph      the new one
     * @param swapped    values of the ops that were swapped, and the activations of each that are thinned
     * @param left       values of ops of the kinds in question that were left, or of which one factor was, and why
     * @param keptBefore bytes that a training step of the given graph keeps for backward; empty if a placeholder's shape is unknown
     * @param keptAfter  the same of the new graph
     */
    public record Result(
            SameDiff graph,
            Map<String, List<String>> swapped,
            Map<String, String> left,
            OptionalLong keptBefore,
            OptionalLong keptAfter) {}

    /**
     * A new graph with the ops of this one swapped. If the shapes of all placeholders are known, both graphs' forward passes are run once on
     * zeros to predict what they keep.
     *
     * @throws NothingToConvertException if nothing can be swapped, with what was left and why
     * @throws IllegalArgumentException if the options name unknown variables, or the graph has no loss
     */
    public static Result convert(SameDiff sd, RazorOptions options) {
        for (Set<String> names : List.of(
                options.dense(), options.other().keySet(), options.shapes().keySet())) {
            names.forEach(
                    name -> require(sd.hasVariable(name), "is given \"" + name + "\", which is not in the graph"));
        }
        require(!sd.getLossVariables().isEmpty(), "needs a graph with a loss: call sd.setLossVariables first");
        SameDiff dense = SameDiffInternals.copy(sd);
        Map<String, INDArray> zeros = GraphKept.zeros(dense, options.shapes());
        RazorFinder finder = new RazorFinder(dense, options, zeros);
        Map<String, RazorSwap> swaps = finder.swaps();
        OptionalLong before = new GraphKept(dense).bytes(zeros);
        SameDiff thin = rewritten(sd, swaps, options);
        GraphKept kept = new GraphKept(thin);
        while (dropKept(swaps, kept, finder.left())) {
            thin = rewritten(sd, swaps, options);
            kept = new GraphKept(thin);
        }
        if (swaps.isEmpty()) {
            throw new NothingToConvertException(
                    "nothing to convert: a razor finds nothing to swap, no product, convolution, softmax or norm that it can thin; left: "
                            + (finder.left().isEmpty() ? "no op of these kinds in the graph" : finder.left()),
                    finder.left());
        }
        Map<String, List<String>> swapped = new LinkedHashMap<>();
        swaps.forEach((value, swap) -> swapped.put(value, swap.thinned()));
        return new Result(thin, swapped, finder.left(), before, kept.bytes(zeros));
    }

    /** Takes out activations that are kept dense all the same; whether there were any. */
    private static boolean dropKept(Map<String, RazorSwap> swaps, GraphKept kept, Map<String, String> left) {
        boolean dropped = false;
        for (Map.Entry<String, RazorSwap> entry : List.copyOf(swaps.entrySet())) {
            RazorSwap swap = entry.getValue();
            List<String> thinned = new ArrayList<>(swap.thinned());
            for (String variable : swap.thinned()) {
                if (kept.reader(variable) != null) {
                    dropped = true;
                    thinned.remove(variable);
                    left.put(
                            entry.getKey(),
                            "\"" + variable + "\" is kept dense for " + kept.reader(variable) + " anyway");
                }
            }
            if (thinned.isEmpty()) {
                swaps.remove(entry.getKey());
            } else {
                swaps.put(entry.getKey(), new RazorSwap(swap.kind(), swap.op(), thinned));
            }
        }
        return dropped;
    }

    private static SameDiff rewritten(SameDiff sd, Map<String, RazorSwap> swaps, RazorOptions options) {
        SameDiff copy = SameDiffInternals.copy(sd);
        swaps.forEach((value, swap) -> {
            double prune = options.other().getOrDefault(value, options.prune());
            SDVariable by = make(copy, swap, prune, options);
            GraphCut.replace(copy, value, by.name(), Set.of(swap.op()));
        });
        return copy;
    }

    private static SDVariable make(SameDiff sd, RazorSwap swap, double prune, RazorOptions options) {
        RazorValues values = options.values();
        RazorFill fill = prune == 0 ? RazorFill.ZERO : options.fill();
        DynamicCustomOp stock = (DynamicCustomOp) sd.getOps().get(swap.op()).getOp();
        SDVariable[] in = sd.getOps().get(swap.op()).getInputsToOp().stream()
                .map(sd::getVariable)
                .toArray(SDVariable[]::new);
        SDVariable third = in.length > 2 ? in[2] : null;
        SDVariable[] made =
                switch (swap.kind()) {
                    case LINEAR, MATMUL -> stock.opName().equals("matmul")
                            ? product(in[0], in[1], swap, stock.iArgs(), prune, values)
                                    .fill(fill)
                                    .of(in[0], in[1])
                            : new RazorLinear(prune, values).fill(fill).of(in[0], in[1], third);
                    case CONV2D -> new RazorConv2d(stock.iArgs(), prune, values)
                            .fill(fill)
                            .of(in[0], in[1], third);
                    case SOFTMAX -> new RazorSoftmax(prune, values).fill(fill).of(in[0]);
                    case LAYER_NORM -> new RazorLayerNorm(prune, values)
                            .fill(fill)
                            .of(in[0], in[1], third);
                };
        return made[0];
    }

    private static RazorOp product(
            SDVariable a, SDVariable b, RazorSwap swap, long[] transpose, double prune, RazorValues values) {
        boolean[] t = new boolean[3];
        boolean plain = true;
        for (int i = 0; i < Math.min(t.length, transpose.length); i++) {
            t[i] = transpose[i] > 0;
            plain &= !t[i];
        }
        boolean thinA = swap.thinned().contains(a.name());
        boolean thinB = swap.thinned().contains(b.name());
        boolean matrix = b.getShape() != null && b.getShape().length == 2;
        if (swap.kind() == RazorKind.LINEAR && plain && thinA && matrix) {
            return new RazorLinear(prune, values);
        }
        MMulTranspose setting = MMulTranspose.builder()
                .transposeA(t[0])
                .transposeB(t[1])
                .transposeResult(t[2])
                .build();
        return new RazorMatmul(thinA, thinB, setting, prune, values);
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new IllegalArgumentException("the razor of a graph " + what);
        }
    }
}
