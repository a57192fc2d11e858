package org.revlayers.graph;

import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.autodiff.samediff.NameScope;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.linalg.api.buffer.DataType;
import org.revlayers.internal.backend.GraphCut;
import org.revlayers.internal.backend.RandomOps;
import org.revlayers.internal.op.ChainSettings;
import org.revlayers.internal.op.ChainUnit;
import org.revlayers.internal.op.FromGraph;
import org.revlayers.internal.reversible.TwoStep;

/**
 * One sub-function of a chain that is being built.
 *
 * @param chain    name of the chain
 * @param name     of the sub-function
 * @param entry    writes r down; null for the identity
 * @param function writes F down
 * @param residual whether α applies to it
 */
record ChainPart(String chain, String name, @Nullable SubFunction entry, SubFunction function, boolean residual) {

    /** Whether the streams add α·x themselves: an edge behind r is part of what {@link #define} writes. */
    TwoStep.Edge edge() {
        return entry != null ? TwoStep.Edge.TAKEN : residual ? TwoStep.Edge.AROUND : TwoStep.Edge.INSIDE;
    }

    /**
     * Lets the functions write their ops into the graph, and checks them: F(x), or F(r(x)) + α·r(x) if there is an r.
     *
     * @param edge settings of the addition of α·r(x) and of the weight of F
     */
    SDVariable define(SameDiff sd, SDVariable in, ChainSettings edge) {
        Set<String> ops = new HashSet<>(sd.getOps().keySet());
        SDVariable out;
        try (NameScope outer = sd.withNameScope(chain);
                NameScope inner = sd.withNameScope(name)) {
            out = entry == null ? weighed(sd, in, edge) : behindEntry(sd, in, edge);
        }
        for (DifferentialFunction op : sd.ops()) {
            require(
                    ops.contains(op.getOwnName()) || !RandomOps.isRandom(op),
                    "has the random op " + op.opName()
                            + ", which would draw other numbers when it is computed again: use RevOps.dropoutReplay");
        }
        return out;
    }

    private static SDVariable defined(SameDiff sd, SDVariable in, SubFunction function, String scope) {
        Set<String> before = new HashSet<>(sd.getVariables().keySet());
        SDVariable out = function.define(sd, in);
        for (SDVariable v : sd.variables()) { // M2.1 gives a scope to var with an initialiser, not to var with an array
            boolean made = !before.contains(v.name()) && v.getVariableType() != VariableType.ARRAY;
            if (made && !v.name().startsWith(scope)) {
                sd.renameVariable(v.name(), scope + v.name());
            }
        }
        return out;
    }

    private SDVariable behindEntry(SameDiff sd, SDVariable in, ChainSettings edge) {
        SDVariable u;
        try (NameScope r = sd.withNameScope("r")) {
            u = defined(sd, in, entry, chain + "/" + name + "/r/");
        }
        require(
                u != null && u.getSameDiff() == sd && u.dataType() == in.dataType(),
                "has an r that must return a variable of type " + in.dataType() + " of the graph that it was given");
        return new ChainUnit(ChainUnit.Kind.EDGE, in.dataType(), false, edge).of(weighed(sd, u, edge), u)[0];
    }

    /** F, times its weight. */
    private SDVariable weighed(SameDiff sd, SDVariable in, ChainSettings edge) {
        SDVariable f = defined(sd, in, function, chain + "/" + name + "/");
        require(
                f != null && f.getSameDiff() == sd && !f.name().equals(in.name()),
                "must return a variable that it has computed in the graph that it was given");
        require(
                f.dataType() == in.dataType(),
                "maps " + in.dataType() + " to " + f.dataType() + ": cast the result, or end the chain before it");
        return edge.coefficients().hasMomentum()
                ? new ChainUnit(ChainUnit.Kind.WEIGH, f.dataType(), false, edge).of(f)[0]
                : f;
    }

    /** The function as a graph of its own, for an input of this type and shape. Its ops do not stay in the graph, the variables that it made do. */
    GraphCut cut(SameDiff sd, DataType type, long[] shape, ChainSettings edge) {
        Set<String> before = new HashSet<>(sd.getVariables().keySet());
        Set<String> ops = new HashSet<>(sd.getOps().keySet());
        String input = sd.generateDistinctCustomVariableName(chain + "/" + name + "/x");
        SDVariable in = sd.placeHolder(input, type, shape);
        try {
            return GraphCut.between(sd, input, define(sd, in, edge).name(), before::contains);
        } finally {
            Set<String> added = new LinkedHashSet<>(sd.getOps().keySet());
            added.removeAll(ops);
            GraphCut.remove(sd, added);
            sd.getVariables().remove(input);
        }
    }

    /** What the values of its ops were called before they were its: none if a program wrote them. */
    List<String> names(SameDiff sd) {
        Set<String> names = new LinkedHashSet<>();
        for (SubFunction written : new SubFunction[] {function, entry}) {
            if (written instanceof FromGraph repeated) {
                names.addAll(repeated.values(sd));
            }
        }
        return List.copyOf(names);
    }

    /** The same for the ops of its {@link #cut}, in their order; empty for those that had none. */
    List<String> names(SameDiff sd, GraphCut cut) {
        List<String> all = names(sd);
        if (all.isEmpty()) {
            return all;
        }
        return cut.values().stream()
                .map(value -> all.stream()
                        .filter(name -> value.equals(scoped(false, name)) || value.equals(scoped(true, name)))
                        .findFirst()
                        .orElse(""))
                .toList();
    }

    /** What a value is called in the graph in which the functions write their ops. */
    private String scoped(boolean inEntry, String value) {
        return ChainSettings.scoped(chain, name, inEntry, value);
    }

    /** Throws unless the parts have names of their own, and the edges that momentum needs. */
    static void check(List<ChainPart> parts, boolean momentum) {
        Set<String> names = new HashSet<>();
        for (ChainPart part : parts) {
            part.require(
                    part.residual || !momentum,
                    "has no residual edge, and momentum (β < 0) needs one: use then(name, function)");
            part.require(
                    part.name != null && !part.name.isEmpty() && names.add(part.name),
                    "needs a name that no other has");
        }
    }

    /** Throws unless {@code holds}. */
    void require(boolean holds, String what) {
        if (!holds) {
            throw new IllegalArgumentException("chain \"" + chain + "\" sub-function \"" + name + "\", " + what);
        }
    }
}
