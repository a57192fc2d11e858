package org.revlayers.internal.graph;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.revlayers.graph.GraphChain;
import org.revlayers.graph.SubFunction;
import org.revlayers.internal.backend.GraphCut;
import org.revlayers.internal.op.FromGraph;

/** Writes runs of residual blocks of a graph as chains. */
final class ChainWriter {

    private ChainWriter() {}

    /** Puts chains in the place of the runs; by the chains' names, the values of the blocks. */
    static Map<String, List<String>> written(
            SameDiff sd, List<List<ResidualBlock>> runs, UnaryOperator<GraphChain> settings) {
        Map<String, List<String>> chains = new LinkedHashMap<>();
        for (List<ResidualBlock> run : runs) {
            chains.put(
                    chain(sd, run, name(sd, chains.keySet()), settings),
                    run.stream().map(ResidualBlock::value).toList());
        }
        return chains;
    }

    private static String name(SameDiff sd, Set<String> taken) {
        int i = taken.size();
        while (sd.hasVariable("chain" + i) || taken.contains("chain" + i)) {
            i++;
        }
        return "chain" + i;
    }

    private static String chain(SameDiff sd, List<ResidualBlock> run, String name, UnaryOperator<GraphChain> settings) {
        GraphChain chain = settings.apply(GraphChain.in(sd, name));
        Set<String> old = new HashSet<>();
        for (ResidualBlock b : run) {
            SubFunction r = b.entry().isEmpty() ? null : new Repeated(b.entry(), b.state(), b.input());
            chain.then(b.value(), r, new Repeated(b.ops(), b.input(), b.branch()));
            old.addAll(b.entry());
            old.addAll(b.ops());
            old.add(b.add());
        }
        SDVariable value = chain.of(sd.getVariable(run.get(0).input()));
        GraphCut.replace(sd, run.get(run.size() - 1).value(), value.name(), old);
        return name;
    }

    /** Ops of the graph itself, whose values have names that a way back gives them again. */
    private record Repeated(Set<String> ops, String input, String output) implements SubFunction, FromGraph {
        @Override
        public SDVariable define(SameDiff g, SDVariable x) {
            return g.getVariable(GraphCut.repeat(g, ops, input, output, x.name()));
        }

        @Override
        public Set<String> values(SameDiff graph) {
            Set<String> names = new LinkedHashSet<>();
            ops.forEach(op -> names.add(graph.getOps().get(op).getOutputsOfOp().get(0)));
            return names;
        }
    }
}
