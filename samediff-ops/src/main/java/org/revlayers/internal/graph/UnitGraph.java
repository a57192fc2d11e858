package org.revlayers.internal.graph;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.backend.GraphCut;
import org.revlayers.internal.backend.SameDiffInternals;
import org.revlayers.internal.op.CheckpointOp;
import org.revlayers.internal.op.RevChain;
import org.revlayers.internal.op.UnitEnds;
import org.revlayers.keep.Memory;

/**
 * A part of a graph as a training graph of its own, to see what it takes: its input is the copy of a placeholder, its value the loss of a given gradient.
 *
 * @param graph  with a loss
 * @param inputs names of its placeholders for: the part's input; the gradient of its value; other arrays of the graph, in the order of {@code reads}
 * @param reads  names, in the graph that the part is of, of those others
 */
public record UnitGraph(SameDiff graph, List<String> inputs, List<String> reads) {

    private static final String INPUT = "unit/x";
    private static final String GRADIENT = "unit/dy";
    /** Name of its value. */
    static final String VALUE = "unit/y";

    /** Name of its input. */
    static final String X = "unit/x/copy";

    /** Variables that a part reads besides its input, and that are neither parameters nor constants: their values are wanted for {@link #of}. */
    public static List<String> read(SameDiff sd, GraphUnit unit) {
        return cut(sd, unit).reads().stream()
                .filter(name -> sd.getVariable(name).getArr() == null
                        || !isHeld(sd.getVariable(name).getVariableType()))
                .toList();
    }

    /** The same for parts that are alike but for names and parameters. */
    public static String text(SameDiff sd, GraphUnit unit) {
        return RevChain.encode(cut(sd, unit).graph());
    }

    private static boolean isHeld(VariableType type) {
        return type == VariableType.VARIABLE || type == VariableType.CONSTANT;
    }

    private static GraphCut cut(SameDiff sd, GraphUnit unit) {
        return GraphCut.between(sd, unit.input(), unit.output(), name -> {
            String op = sd.getVariables().get(name).getOutputOfOp();
            return op == null || !unit.ops().contains(op);
        });
    }

    /** Puts an op that computes a part again in its place. */
    static void checkpoint(SameDiff sd, GraphUnit unit) {
        SDVariable value = CheckpointOp.of(sd, unit.output(), unit.input(), cut(sd, unit));
        GraphCut.replace(sd, unit.output(), value.name(), unit.ops());
    }

    /**
     * A part by itself; parameters are copies.
     *
     * @param values of what {@link #read} names
     */
    public static UnitGraph of(SameDiff sd, GraphUnit unit, Map<String, INDArray> values) {
        GraphCut cut = cut(sd, unit);
        SameDiff graph = SameDiff.create();
        DataType type = sd.getVariable(unit.input()).dataType();
        SDVariable given = graph.placeHolder(INPUT, type, (long[]) null);
        SDVariable x =
                new UnitEnds.Source().of(given, graph.var("unit/begin", Nd4j.zeros(type, new long[0])))[0].rename(X);
        Map<String, String> others = new LinkedHashMap<>();
        others.put(INPUT, unit.input());
        others.put(GRADIENT, unit.output());
        String y = GraphCut.paste(
                cut.graph(),
                GraphCut.INPUT,
                GraphCut.OUTPUT,
                graph,
                x.name(),
                leaf -> leaf(graph, cut, sd, leaf, values, others),
                (made, op) -> {});
        SDVariable gradient = graph.placeHolder(GRADIENT, type, (long[]) null);
        SDVariable value = graph.getVariable(y).rename(VALUE);
        new UnitEnds.Sink().of(value, gradient)[0].rename("unit/loss");
        graph.setLossVariables("unit/loss");
        return new UnitGraph(
                graph,
                List.copyOf(others.keySet()),
                others.values().stream().skip(2).toList());
    }

    private static String leaf(
            SameDiff graph,
            GraphCut cut,
            SameDiff sd,
            String leaf,
            Map<String, INDArray> values,
            Map<String, String> others) {
        SDVariable v = cut.graph().getVariable(leaf);
        if (v.getVariableType() == VariableType.CONSTANT) {
            return graph.constant(leaf, v.getArr().dup()).name();
        }
        String name = cut.reads().get(Integer.parseInt(leaf.substring(1)));
        SDVariable read = sd.getVariable(name);
        if (read.getVariableType() == VariableType.VARIABLE) {
            return graph.var(leaf, read.getArr().dup()).name();
        }
        if (read.getVariableType() == VariableType.CONSTANT) {
            return graph.constant(leaf, read.getArr()).name();
        }
        INDArray value = values.get(name);
        if (trained(sd, name)) {
            return graph.var(leaf, value.dup()).name(); // a gradient of it is wanted
        }
        others.put(leaf, name);
        return graph.placeHolder(leaf, read.dataType(), value.shape()).name();
    }

    private static boolean trained(SameDiff sd, String name) {
        return sd.getVariable(name).dataType().isFPType() && GraphCut.needs(sd, name, SameDiffInternals::isTrained);
    }

    /**
     * The same with what the part keeps thinned.
     *
     * @param shapes of its placeholders
     * @throws NothingToConvertException if nothing can be
     */
    public UnitGraph thinned(Memory memory, Map<String, long[]> shapes) {
        return new UnitGraph(UnitRewrite.thinned(graph, memory, Set.of(), shapes), inputs, reads);
    }

    /** The same with the part computed again in backward. */
    public UnitGraph checkpointed() {
        SameDiff copy = SameDiffInternals.copy(graph);
        checkpoint(copy, new GraphUnit(X, VALUE, GraphWalk.between(copy, X, VALUE), List.of(), null));
        return new UnitGraph(copy, inputs, reads);
    }
}
