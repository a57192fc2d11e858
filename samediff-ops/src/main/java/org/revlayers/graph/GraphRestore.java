package org.revlayers.graph;

import java.util.ArrayList;
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
import org.revlayers.internal.op.ChainSettings;
import org.revlayers.internal.op.ChainUnit;
import org.revlayers.internal.op.RevChain;

/**
 * Writes the chains of a graph as the plain residual blocks that they are at (α, β) = (1, 0): x + F(x) each. Works on the graph itself.
 *
 * <p>Ops are visited in the order of computation. What a chain's op computed gets another name meanwhile, which its readers are given when they are
 * visited; at the end the chain's ops go and the names come back, those of values inside too unless a program wrote the chain, or a release before names were
 * kept.
 */
final class GraphRestore {

    private final SameDiff sd;
    private final Set<String> chains;
    private final Map<String, String> now = new HashMap<>();
    private final Map<String, String> values = new LinkedHashMap<>();
    private final Map<String, String> inside = new LinkedHashMap<>();
    private final Set<String> old = new LinkedHashSet<>();
    private final Set<String> found = new HashSet<>();

    /** @param chains names of those that are written so; none for all */
    GraphRestore(SameDiff sd, Set<String> chains) {
        this.sd = sd;
        this.chains = chains;
    }

    /** Names of the chains that there were. */
    Set<String> run() {
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
                found.add(settings.name());
                old.add(name);
                write(op, settings);
            } else {
                op.getInputsToOp().stream().filter(now::containsKey).toList().forEach(v -> read(op, v));
            }
        }
    }

    private ChainSettings settings(SameDiffOp op) {
        ChainSettings settings = null;
        if (op.getOp() instanceof RevChain chain) {
            settings = chain.settings();
        } else if (op.getOp() instanceof ChainUnit unit) {
            settings = unit.settings();
        }
        return settings == null || !chains.isEmpty() && !chains.contains(settings.name()) ? null : settings;
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
        boolean between =
                settings.network() != null; // a part of a chain has both streams, however the chain begins and ends
        boolean halves = settings.pair() || op.getOp() instanceof ChainUnit u && u.kind() == ChainUnit.Kind.PAIR;
        if (!between && (halves || settings.both())) {
            throw new IllegalArgumentException("chain \"" + settings.name()
                    + "\" has no plain form: its streams start as halves (SPLIT) or are merged: name the chains that are to be"
                    + " restored");
        }
        if (op.getOp() instanceof RevChain) {
            String x = plain(op, 0);
            for (ChainSettings.Block block : settings.blocks()) {
                x = block(op, settings, block, x);
            }
            now.put(value, x);
            if (!between) {
                values.put(value, x);
            }
            return;
        }
        ChainUnit unit = (ChainUnit) op.getOp();
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
                inside.put(ChainPart.scoped(settings.name(), name, entry, inner), inner);
            }
        }
        if (unit.kind() == ChainUnit.Kind.SPLIT) {
            now.put(op.getOutputsOfOp().get(1), plain(op, 0));
        }
    }

    /** F's ops become ops of the graph; x + F(x), or F(x) alone if the addition is one of them. */
    private String block(SameDiffOp op, ChainSettings settings, ChainSettings.Block block, String x) {
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
                    name -> leaf(program, name, op, block),
                    (made, from) -> {
                        String own =
                                block.values().isEmpty() ? "" : block.values().get(GraphCut.number(from));
                        if (!own.isEmpty()) {
                            inside.put(made, own);
                        }
                    });
        }
        visit(GraphCut.order(sd, List.of(f)).stream()
                .filter(made -> !before.contains(made))
                .toList());
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
