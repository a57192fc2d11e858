package org.revlayers.internal.graph;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.revlayers.internal.backend.GraphCut;
import org.revlayers.internal.op.razor.RazorLinear;
import org.revlayers.internal.op.razor.RazorOp;

/** Writes the thinned ops of a graph as ND4J's own, whose values are the same bits. Works on the graph itself. */
final class RazorRestore {

    private final SameDiff sd;
    private final Map<String, RazorOp> ops = new LinkedHashMap<>();
    private final Map<String, String> left = new LinkedHashMap<>();

    /** @param placeholders to learn with on how many axes linear ops work; null if that is not to be checked */
    RazorRestore(SameDiff sd, Map<String, INDArray> placeholders) {
        this.sd = sd;
        List<String> read = new ArrayList<>();
        for (SameDiffOp op : sd.getOps().values()) {
            if (op.getOp() instanceof RazorOp razor) {
                ops.put(op.getName(), razor);
                if (razor instanceof RazorLinear) {
                    read.add(op.getInputsToOp().get(0));
                }
            }
        }
        if (placeholders != null && !read.isEmpty()) {
            leaveWide(GraphKept.shapes(sd, read, placeholders));
        }
    }

    /** Takes out linear ops that ND4J has no single op for. */
    private void leaveWide(Map<String, LongShapeDescriptor> shapes) {
        ops.entrySet().removeIf(entry -> {
            SameDiffOp op = sd.getOps().get(entry.getKey());
            LongShapeDescriptor shape = shapes.get(op.getInputsToOp().get(0));
            boolean wide = entry.getValue() instanceof RazorLinear && shape != null && shape.rank() != 2;
            if (wide) {
                left.put(
                        op.getOutputsOfOp().get(0),
                        "ND4J's linear ops work on 2 axes, and what it reads has " + shape.rank());
            }
            return wide;
        });
    }

    /** By the values' names, why ops stay. */
    Map<String, String> left() {
        return left;
    }

    /** Names of the values. */
    List<String> run() {
        Map<String, SDVariable> stock = new LinkedHashMap<>();
        ops.forEach((name, op) -> stock.put(name, op.stock())); // before any goes, for they read copies of each other
        List<String> values = new ArrayList<>();
        stock.forEach((name, by) -> {
            String value = sd.getOps().get(name).getOutputsOfOp().get(0);
            GraphCut.replace(sd, value, by.name(), Set.of(name));
            values.add(value);
        });
        return values;
    }
}
