package org.revlayers.internal.graph;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nd4j.autodiff.samediff.NameScope;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.revlayers.internal.backend.GraphCut;
import org.revlayers.internal.op.ChainOp;
import org.revlayers.internal.op.ChainSettings;
import org.revlayers.internal.op.ChainUnit;
import org.revlayers.internal.op.RevChain;
import org.revlayers.reversible.Coefficients;

/**
 * Writes the chains of a graph as the plain residual blocks that they are at (α, β) = (1, 0): x + F(x) each. Works on the graph itself.
 *
 * <p>Ops are visited in the order of computation. What a chain's op computed gets another name meanwhile, which its readers are given when they are
 * visited; at the end the chain's ops go and the names come back, those of values inside too unless a program wrote the chain, or a release before names were
 * kept.
 */
final class ChainRestore {

    private final SameDiff sd;
    private final Map<String, Coefficients> found = new LinkedHashMap<>();
    private final Set<String> left = new LinkedHashSet<>();
    private final Map<String, String> now = new HashMap<>();
    private final Map<String, String> values = new LinkedHashMap<>();
    private final Map<String, String> inside = new LinkedHashMap<>();
    private final Set<String> old = new LinkedHashSet<>();

    ChainRestore(SameDiff sd) {
        this.sd = sd;
        leave(sd.getOps().keySet());
    }

    private void leave(Collection<String> ops) {
        for (String op : ops) {
            if (sd.getOps().get(op).getOp() instanceof ChainOp chain && !hasPlainEnds(chain)) {
                left.add(chain.settings().name());
            }
        }
    }

    /** A part of a chain has both streams, however the chain begins and ends; PAIR is what parts begin with halves by. */
    private static boolean hasPlainEnds(ChainOp op) {
        boolean between = op.settings().network() != null;
        boolean halves = op instanceof ChainUnit unit && unit.kind() == ChainUnit.Kind.PAIR;
        return between || op.settings().hasPlainEnds() && !halves;
    }

    /** Names of the chains that stay, for they have no plain form. */
    Set<String> left() {
        return left;
    }

    /** Names of the values of those that were written. */
    Set<String> values() {
        return values.keySet();
    }

    /** Writes the others; their names, with the coefficients that they stood at. */
    Map<String, Coefficients> run() {
        visit(GraphCut.order(sd, List.copyOf(sd.getVariables().keySet())));
        GraphCut.remove(sd, old);
        values.forEach((name, plain) -> sd.renameVariable(plain, name));
        inside.forEach((scoped, name) -> {
            if (sd.hasVariable(scoped) && !sd.hasVariable(name)) {
                sd.renameVariable(scoped, name);
            }
        });
        return found;
    }

    private void visit(List<String> ops) {
        for (String name : ops) {
            SameDiffOp op = sd.getOps().get(name);
            ChainSettings settings = settings(op);
            if (settings != null) {
                found.putIfAbsent(settings.name(), ((ChainOp) op.getOp()).present(sd));
                old.add(name);
                write(op, settings);
            } else {
                op.getInputsToOp().stream().filter(now::containsKey).toList().forEach(v -> read(op, v));
            }
        }
    }

    private ChainSettings settings(SameDiffOp op) {
        return op.getOp() instanceof ChainOp chain
                        && !left.contains(chain.settings().name())
                ? chain.settings()
                : null;
    }

    private void read(SameDiffOp op, String variable) {
        String by = now.get(variable);
        List<String> inputs = new ArrayList<>(op.getInputsToOp());
        inputs.replaceAll(name -> name.equals(variable) ? by : name);
        op.setInputsToOp(inputs);
        List<String> readers = sd.getVariables().get(by).getInputsForOp();
        readers = readers == null ? new ArrayList<>() : new ArrayList<>(readers);
        readers.add(op.getName());
        sd.getVariables().get(by).setInputsForOp(readers);
    }

    private String plain(SameDiffOp op, int input) {
        String name = op.getInputsToOp().get(input);
        return now.getOrDefault(name, name);
    }

    private void write(SameDiffOp op, ChainSettings settings) {
        String value = op.getOutputsOfOp().get(0);
        if (!(op.getOp() instanceof ChainUnit unit)) { // a chain as one op, or a part that is computed again
            String x = plain(op, 0);
            for (ChainSettings.Block block : settings.blocks()) {
                x = block(op, settings, block, x);
            }
            now.put(value, x);
            if (settings.network() == null) { // not a part between others
                values.put(value, x);
            }
            return;
        }
        String name = settings.blocks().get(0).name();
        now.put(
                value,
                switch (unit.kind()) {
                    case START, SPLIT, WEIGH, PAIR -> plain(op, 0);
                    case END -> {
                        values.put(value, plain(op, 0));
                        yield plain(op, 0);
                    }
                    case JOIN -> named(
                            name, settings.blocks().get(0).residual() ? sum(plain(op, 0), plain(op, 1)) : plain(op, 0));
                    case EDGE -> sum(plain(op, 0), plain(op, 1));
                });
        for (String inner : settings.blocks().get(0).values()) {
            for (boolean entry : new boolean[] {true, false}) {
                inside.put(ChainSettings.scoped(settings.name(), name, entry, inner), inner);
            }
        }
        if (unit.kind() == ChainUnit.Kind.SPLIT) {
            now.put(op.getOutputsOfOp().get(1), plain(op, 0));
        }
    }

    /** F's ops become ops of the graph; x + F(x), or F(x) alone if the addition is one of them. */
    private String block(SameDiffOp chain, ChainSettings settings, ChainSettings.Block block, String x) {
        SameDiff program = RevChain.decode(settings.programs().get(block.program()));
        Set<String> before = new HashSet<>(sd.getOps().keySet());
        String f;
        try (NameScope scope = sd.withNameScope(block.name())) {
            f = GraphCut.paste(
                    program,
                    GraphCut.INPUT,
                    GraphCut.OUTPUT,
                    sd,
                    x,
                    name -> leaf(program, name, chain, block),
                    (pasted, from) -> {
                        String own =
                                block.values().isEmpty() ? "" : block.values().get(GraphCut.number(from));
                        if (!own.isEmpty()) {
                            inside.put(pasted, own);
                        }
                    });
        }
        List<String> made = GraphCut.order(sd, List.of(f)).stream()
                .filter(op -> !before.contains(op))
                .toList();
        leave(made);
        visit(made);
        String plain = now.getOrDefault(f, f);
        return named(block.name(), block.residual() ? sum(plain, x) : plain);
    }

    private String leaf(SameDiff program, String name, SameDiffOp op, ChainSettings.Block block) {
        SDVariable v = program.getVariable(name);
        if (v.getVariableType() == VariableType.CONSTANT) {
            return sd.constant(v.getArr().dup()).name();
        }
        return plain(op, block.inputs().get(Integer.parseInt(name.substring(1))));
    }

    private String sum(String f, String x) {
        return sd.getVariable(f).add(sd.getVariable(x)).name();
    }

    /** Gives a value the name of its block, unless it has the chain's, which it gets at the end. */
    private String named(String name, String value) {
        if (sd.hasVariable(name)) {
            return value;
        }
        sd.renameVariable(value, name);
        now.replaceAll((variable, plain) -> plain.equals(value) ? name : plain);
        return name;
    }
}
