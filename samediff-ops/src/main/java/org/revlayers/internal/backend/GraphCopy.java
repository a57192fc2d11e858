package org.revlayers.internal.backend;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.autodiff.samediff.serde.FlatBuffersMapper;

/** Copies the ops that compute a variable from one graph into another (or the same) one. */
final class GraphCopy {

    private final SameDiff from;
    private final SameDiff to;
    private final Predicate<String> leaf;
    private final UnaryOperator<String> names;
    private final Map<String, String> copies = new HashMap<>();
    private final Set<String> ops = new LinkedHashSet<>();
    private final Map<String, Integer> indices = new HashMap<>();

    /**
     * A copier.
     *
     * @param leaf  which variables of {@code from} are not computed but looked up; those that no op computes are anyway
     * @param names what a looked-up variable is called in {@code to}; asked once for each
     */
    GraphCopy(SameDiff from, SameDiff to, Predicate<String> leaf, UnaryOperator<String> names) {
        this.from = from;
        this.to = to;
        this.leaf = leaf;
        this.names = names;
        from.getVariables().keySet().forEach(name -> indices.put(name, indices.size()));
    }

    /** Copies what the variable needs and returns its name in the other graph. */
    String copy(String output, Function<SameDiffOp, String> opNames) {
        for (String op : inOrder(output)) {
            copyOp(op, opNames);
        }
        return name(output);
    }

    /** Names, in {@code from}, of the ops that were copied. */
    Set<String> ops() {
        return ops;
    }

    /** The ops that a variable needs, each after those that it needs; without recursion, for graphs are deep. */
    List<String> inOrder(String output) {
        List<String> ordered = new ArrayList<>();
        Set<String> entered = new LinkedHashSet<>();
        List<String> stack = new ArrayList<>(List.of(output));
        while (!stack.isEmpty()) {
            String variable = stack.get(stack.size() - 1);
            String op = leaf.test(variable)
                    ? null
                    : from.getVariables().get(variable).getOutputOfOp();
            if (op != null && !ops.contains(op)) {
                if (entered.add(op)) {
                    stack.addAll(from.getOps().get(op).getInputsToOp());
                    continue;
                }
                ops.add(op);
                ordered.add(op);
            }
            stack.remove(stack.size() - 1);
        }
        return ordered;
    }

    private String name(String variable) {
        return copies.computeIfAbsent(variable, names);
    }

    private void copyOp(String name, Function<SameDiffOp, String> opNames) {
        SameDiffOp op = from.getOps().get(name);
        String[] inputs = op.getInputsToOp().stream().map(this::name).toArray(String[]::new);
        DifferentialFunction copy = FlatBuffersMapper.cloneViaSerialize(from, op.getOp(), indices);
        String own = opNames.apply(op);
        copy.setOwnName(own);
        copy.setSameDiff(to);
        to.addArgsFor(inputs, copy);
        List<String> outputs = op.getOutputsOfOp();
        String[] made = new String[outputs.size()];
        for (int i = 0; i < made.length; i++) {
            String output = i == 0 ? own : own + ":" + i;
            made[i] = to.var(
                            output,
                            VariableType.ARRAY,
                            null,
                            from.getVariable(outputs.get(i)).dataType(),
                            (long[]) null)
                    .name();
            copies.put(outputs.get(i), made[i]);
        }
        to.addOutgoingFor(made, copy);
        copy.configureWithSameDiff(to);
    }
}
