package org.revlayers.backend;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.autodiff.samediff.internal.Variable;
import org.nd4j.autodiff.samediff.serde.FlatBuffersMapper;

/**
 * The part of a graph between two variables, as a graph of its own: the input is the placeholder {@link #INPUT}, what else it reads are the
 * placeholders {@code p0}, {@code p1}, …, the value is {@link #OUTPUT}. Equal parts give equal graphs, whatever their variables are called.
 *
 * @param graph  the part
 * @param reads  names, in the graph that it was cut from, of what p0, p1, … stand for
 * @param ops    names, there, of its ops
 */
public record GraphCut(SameDiff graph, List<String> reads, Set<String> ops) {

    /** Name of the part's input. */
    public static final String INPUT = "x";

    /** Name of the part's value. */
    public static final String OUTPUT = "y";

    /** Constants up to this length become constants of the part, longer ones are read. */
    private static final long SMALL = 1024;

    /** The name of the placeholder for {@code reads.get(i)}. */
    public static String read(int i) {
        return "p" + i;
    }

    /**
     * Copies the part that computes {@code output} from {@code input}; the graph is left as it is.
     *
     * @param outside variables whose ops are not to be part of it: they are read
     */
    public static GraphCut between(SameDiff from, String input, String output, Predicate<String> outside) {
        return new Cutter(from, input, outside).cut(output);
    }

    /** Takes ops and what they compute out of a graph; nothing else may read it. */
    public static void remove(SameDiff graph, Set<String> ops) {
        for (String name : ops) {
            SameDiffOp op = graph.getOps().remove(name);
            for (String variable : op.getInputsToOp()) {
                Variable read = graph.getVariables().get(variable);
                if (read != null && read.getInputsForOp() != null) {
                    read.getInputsForOp().remove(name);
                }
            }
            op.getOutputsOfOp().forEach(graph.getVariables()::remove);
        }
    }

    private static final class Cutter {
        private final SameDiff from;
        private final String input;
        private final Predicate<String> outside;
        private final SameDiff to = SameDiff.create();
        private final Map<String, String> names = new HashMap<>();
        private final Map<String, Integer> indices = new HashMap<>();
        private final List<String> reads = new ArrayList<>();
        private final Map<String, List<String>> ops = new LinkedHashMap<>();

        Cutter(SameDiff from, String input, Predicate<String> outside) {
            this.from = from;
            this.input = input;
            this.outside = outside;
            from.getVariables().keySet().forEach(name -> indices.put(name, indices.size()));
        }

        GraphCut cut(String output) {
            SDVariable x = from.getVariable(input);
            to.placeHolder(INPUT, x.dataType(), x.getShape());
            names.put(input, INPUT);
            for (String op : inOrder(output)) {
                copy(op);
            }
            to.renameVariable(names.get(output), OUTPUT);
            return new GraphCut(to, reads, new LinkedHashSet<>(ops.keySet()));
        }

        /** The ops that a variable needs, each after those that it needs; without recursion, for graphs are deep. */
        private List<String> inOrder(String output) {
            List<String> ordered = new ArrayList<>();
            Set<String> entered = new LinkedHashSet<>();
            List<String> stack = new ArrayList<>(List.of(output));
            while (!stack.isEmpty()) {
                String variable = stack.get(stack.size() - 1);
                String op = outside.test(variable) ? null : maker(variable);
                if (op != null && !ops.containsKey(op)) {
                    List<String> inputs = from.getOps().get(op).getInputsToOp();
                    if (entered.add(op)) {
                        inputs.forEach(stack::add);
                        continue;
                    }
                    ops.put(op, inputs);
                    ordered.add(op);
                }
                stack.remove(stack.size() - 1);
            }
            return ordered;
        }

        private String maker(String variable) {
            return variable.equals(input)
                    ? null
                    : from.getVariables().get(variable).getOutputOfOp();
        }

        private String name(String variable) {
            return names.computeIfAbsent(variable, this::leaf);
        }

        private String leaf(String variable) {
            SDVariable v = from.getVariable(variable);
            if (v.getVariableType() == VariableType.CONSTANT && v.getArr().length() <= SMALL) {
                return to.constant("c" + to.getVariables().size(), v.getArr()).name();
            }
            reads.add(variable);
            return to.placeHolder(read(reads.size() - 1), v.dataType(), v.getShape())
                    .name();
        }

        private void copy(String name) {
            SameDiffOp op = from.getOps().get(name);
            DifferentialFunction copy = FlatBuffersMapper.cloneViaSerialize(from, op.getOp(), indices);
            String own = "f" + to.getOps().size();
            copy.setOwnName(own);
            copy.setSameDiff(to);
            to.addArgsFor(op.getInputsToOp().stream().map(this::name).toArray(String[]::new), copy);
            List<String> outputs = op.getOutputsOfOp();
            String[] made = new String[outputs.size()];
            for (int i = 0; i < made.length; i++) {
                made[i] = to.var(
                                i == 0 ? own : own + ":" + i,
                                VariableType.ARRAY,
                                null,
                                from.getVariable(outputs.get(i)).dataType(),
                                (long[]) null)
                        .name();
                names.put(outputs.get(i), made[i]);
            }
            to.addOutgoingFor(made, copy);
            copy.configureWithSameDiff(to);
        }
    }
}
