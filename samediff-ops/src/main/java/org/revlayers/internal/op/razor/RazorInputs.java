package org.revlayers.internal.op.razor;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.internal.Variable;

/**
 * The arguments of a razor op in a graph: what it computes from, then the copies of thinned activations that other ops of the graph have
 * made already.
 *
 * @param args    all arguments
 * @param sources of each activation that the backward reads, one of {@link #OWN}, {@link #GIVEN}, {@link #DENSE}
 */
record RazorInputs(SDVariable[] args, long[] sources) {

    /** The op thins the activation: the arrays of the copy are outputs of its own. */
    static final long OWN = 0;

    /** Another op has thinned the activation in the same way: the arrays of its copy are arguments. */
    static final long GIVEN = 1;

    /** The backward reads the activation itself. */
    static final long DENSE = 2;

    /**
     * Looks for copies.
     *
     * @param copy how the activations are thinned
     * @param thin for each of the first arguments, whether it is thinned
     * @param args null ones are left out
     */
    static RazorInputs of(RazorCopy copy, boolean[] thin, SDVariable... args) {
        List<SDVariable> all = new ArrayList<>();
        for (SDVariable arg : args) {
            if (arg != null) {
                all.add(arg);
            }
        }
        long[] sources = new long[thin.length];
        for (int i = 0; i < thin.length; i++) {
            List<SDVariable> made = thin[i] ? find(args[i], copy) : List.of();
            sources[i] = !thin[i] ? DENSE : made.isEmpty() ? OWN : GIVEN;
            all.addAll(made);
        }
        return new RazorInputs(all.toArray(new SDVariable[0]), sources);
    }

    /** The copy that the op which computes the variable, or another one that reads it, has made; empty if there is none. */
    private static List<SDVariable> find(SDVariable x, RazorCopy copy) {
        SameDiff sd = x.getSameDiff();
        Variable variable = sd.getVariables().get(x.name());
        List<String> ops = new ArrayList<>();
        if (variable.getOutputOfOp() != null) {
            ops.add(variable.getOutputOfOp());
        }
        if (variable.getInputsForOp() != null) {
            ops.addAll(variable.getInputsForOp());
        }
        for (String name : ops) {
            DifferentialFunction op = sd.getOpById(name);
            if (op instanceof RazorOp razor && razor.copy().equals(copy)) {
                List<SDVariable> made = razor.made(x.name());
                if (!made.isEmpty()) {
                    return made;
                }
            }
        }
        return List.of();
    }

    /** The sources of an op outside a graph, which thins all. */
    static long[] own(int copies) {
        return new long[copies]; // of OWN
    }
}
