package org.revlayers.internal.backend;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.autodiff.samediff.internal.Variable;

/**
 * The part of a graph between two variables, as a graph of its own: the input is the placeholder {@link #INPUT}, what else it reads are the
 * placeholders {@code p0}, {@code p1}, …, the value is {@link #OUTPUT}. Equal parts give equal graphs, whatever their variables are called.
 *
 * @param graph the part
 * @param reads names, in the graph that it was cut from, of what p0, p1, … stand for
 * @param values names, there, of the first value of each op, in the order of the part's ops
 */
public record GraphCut(SameDiff graph, List<String> reads, List<String> values) {

    /** Name of the part's input. */
    public static final String INPUT = "x";

    /** Name of the part's value. */
    public static final String OUTPUT = "y";

    /** What the names of the part's ops begin with, before their numbers. */
    private static final String OP = "f";

    /** Constants up to this length become constants of the part, longer ones are read. */
    private static final long SMALL = 1024;

    /** The number of an op of a part, by its name. */
    public static int number(String op) {
        return Integer.parseInt(op.substring(OP.length()));
    }

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
        SameDiff part = SameDiff.create();
        List<String> reads = new ArrayList<>();
        UnaryOperator<String> leaf = name -> {
            SDVariable v = from.getVariable(name);
            if (v.getVariableType() == VariableType.CONSTANT && v.getArr().length() <= SMALL) {
                return part.constant("c" + part.getVariables().size(), v.getArr())
                        .name();
            }
            String placeholder = name.equals(input) ? INPUT : read(reads.size());
            if (!name.equals(input)) {
                reads.add(name);
            }
            return part.placeHolder(placeholder, v.dataType(), v.getShape()).name();
        };
        GraphCopy copy = new GraphCopy(from, part, v -> v.equals(input) || outside.test(v), leaf);
        String made = copy.copy(output, op -> OP + part.getOps().size());
        if (!copy.ops().isEmpty()) {
            part.renameVariable(made, OUTPUT);
        }
        if (!part.hasVariable(INPUT)) {
            part.placeHolder(
                    INPUT,
                    from.getVariable(input).dataType(),
                    from.getVariable(input).getShape());
        }
        List<String> values = copy.ops().stream()
                .map(op -> from.getOps().get(op).getOutputsOfOp().get(0))
                .toList();
        return new GraphCut(part, List.copyOf(reads), values);
    }

    /**
     * Writes the part of a graph that computes {@code output} from {@code input} into another one, in the name scope that is open there.
     *
     * @param input  stands there for {@code input}
     * @param leaves what a variable that no op computes is called there
     * @param named  is told the name there of the first value of each op, and the op's name in {@code from}
     * @return what {@code output} is called there
     */
    public static String paste(
            SameDiff from,
            String input,
            String output,
            SameDiff into,
            String x,
            UnaryOperator<String> leaves,
            BiConsumer<String, String> named) {
        Set<String> twice = needed(from, output, input);
        twice.retainAll(needed(from, input, null));
        if (!twice.isEmpty()) {
            throw new IllegalArgumentException(
                    "\"" + output + "\" needs more than \"" + input + "\" from before it, such as what op "
                            + twice.iterator().next()
                            + " computes: begin the part earlier, or make its value a variable or a placeholder");
        }
        UnaryOperator<String> names = name -> name.equals(input) ? x : leaves.apply(name);
        return new GraphCopy(from, into, input::equals, names).copy(output, op -> {
            String name = into.getOpName(op.getOp().opName());
            named.accept(name, op.getName());
            return name;
        });
    }

    /**
     * Writes these ops of a graph once more into the same graph, with the names that they have in the name scope that is open there; what they read besides {@code input} is
     * read again.
     *
     * @param x stands for {@code input}
     * @return what the second {@code output} is called
     */
    public static String repeat(SameDiff graph, Set<String> ops, String input, String output, String x) {
        Predicate<String> outside = name -> {
            String op = graph.getVariables().get(name).getOutputOfOp();
            return op == null || !ops.contains(op);
        };
        return new GraphCopy(graph, graph, outside, name -> name.equals(input) ? x : name)
                .copy(output, op -> repeated(graph, op));
    }

    private static String repeated(SameDiff graph, SameDiffOp op) {
        String scope = graph.currentNameScope();
        String name = (scope == null ? "" : scope + "/") + op.getOutputsOfOp().get(0);
        boolean free = !graph.hasVariable(name) && !graph.getOps().containsKey(name);
        return free ? name : graph.getOpName(op.getOp().opName());
    }

    /** Names of the ops that variables need, each after those that it needs. */
    public static List<String> order(SameDiff graph, Iterable<String> variables) {
        GraphCopy copy = new GraphCopy(graph, graph, variable -> false, UnaryOperator.identity());
        List<String> ordered = new ArrayList<>();
        variables.forEach(variable -> ordered.addAll(copy.inOrder(variable)));
        return ordered;
    }

    /** Lets the readers of a computed variable read another one, takes these ops out, and gives their variable's name to the other. */
    public static void replace(SameDiff graph, String variable, String by, Set<String> ops) {
        Variable value = graph.getVariables().get(by);
        List<String> readers = new ArrayList<>();
        List<String> before = graph.getVariables().get(variable).getInputsForOp();
        for (String reader : before == null ? List.<String>of() : before) {
            SameDiffOp op = graph.getOps().get(reader);
            op.setInputsToOp(new ArrayList<>(op.getInputsToOp()));
            op.getInputsToOp().replaceAll(name -> name.equals(variable) ? by : name);
            readers.add(reader);
        }
        value.setInputsForOp(readers);
        remove(graph, ops);
        graph.renameVariable(by, variable);
    }

    /** Whether there is such a variable among those that a variable is computed from, itself included. */
    public static boolean needs(SameDiff graph, String variable, Predicate<SDVariable> such) {
        return such.test(graph.getVariable(variable))
                || needed(graph, variable, null).stream()
                        .flatMap(op -> graph.getOps().get(op).getInputsToOp().stream())
                        .anyMatch(name -> such.test(graph.getVariable(name)));
    }

    /** The ops that compute a variable, back to another one. */
    private static Set<String> needed(SameDiff graph, String variable, String stop) {
        Set<String> ops = new HashSet<>();
        List<String> open = new ArrayList<>(List.of(variable));
        while (!open.isEmpty()) {
            String next = open.remove(open.size() - 1);
            String op =
                    next.equals(stop) ? null : graph.getVariables().get(next).getOutputOfOp();
            if (op != null && ops.add(op)) {
                open.addAll(graph.getOps().get(op).getInputsToOp());
            }
        }
        return ops;
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
}
