package org.revlayers.graph;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.nd4j.autodiff.samediff.NameScope;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.revlayers.backend.GraphCut;
import org.revlayers.op.ChainCoefficients;
import org.revlayers.op.ChainSettings;
import org.revlayers.op.RevChain;

/** Builds a {@link RevChain} in a graph. */
public final class GraphChain {

    private record Part(String name, SubFunction function, boolean residual) {}

    private final SameDiff sd;
    private final String name;
    private final List<Part> parts = new ArrayList<>();
    private ChainCoefficients coefficients = ChainCoefficients.constant(0, 1);
    private int scale = 20;

    private GraphChain(SameDiff sd, String name) {
        this.sd = sd;
        this.name = name;
    }

    /** In a graph; the name is that of the value and the first part of the parameters' names. */
    public static GraphChain in(SameDiff sd, String name) {
        return new GraphChain(sd, name);
    }

    /** Appends a sub-function. */
    public GraphChain then(String name, SubFunction function) {
        parts.add(new Part(name, function, true));
        return this;
    }

    /** α and β. */
    public GraphChain coefficients(ChainCoefficients coefficients) {
        this.coefficients = coefficients;
        return this;
    }

    /** The chain's value for this input. */
    public SDVariable of(SDVariable x) {
        List<String> inputs = new ArrayList<>(List.of(x.name()));
        List<ChainSettings.Block> blocks = new ArrayList<>();
        List<String> programs = new ArrayList<>();
        for (Part part : parts) {
            GraphCut cut = trace(part, x);
            String program = RevChain.encode(cut.graph());
            if (!programs.contains(program)) {
                programs.add(program);
            }
            List<Integer> reads = new ArrayList<>();
            for (String read : cut.reads()) {
                if (!inputs.contains(read)) {
                    inputs.add(read);
                }
                reads.add(inputs.indexOf(read));
            }
            blocks.add(new ChainSettings.Block(part.name(), programs.indexOf(program), part.residual(), reads));
        }
        ChainSettings settings =
                new ChainSettings(name, false, false, true, scale, 1e-3, coefficients, blocks, programs);
        SDVariable[] arguments = inputs.stream().map(sd::getVariable).toArray(SDVariable[]::new);
        return new RevChain(arguments, settings).outputVariables()[0].rename(name);
    }

    private GraphCut trace(Part part, SDVariable x) {
        Set<String> opsBefore = new HashSet<>(sd.getOps().keySet());
        Set<String> before = new HashSet<>(sd.getVariables().keySet());
        String input = sd.generateDistinctCustomVariableName(name + "/" + part.name() + "/x");
        SDVariable in = sd.placeHolder(input, x.dataType(), x.getShape());
        SDVariable out;
        try (NameScope chain = sd.withNameScope(name);
                NameScope scope = sd.withNameScope(part.name())) {
            out = part.function().define(sd, in);
        }
        GraphCut cut = GraphCut.between(sd, input, out.name(), before::contains);
        Set<String> added = new LinkedHashSet<>(sd.getOps().keySet());
        added.removeAll(opsBefore);
        GraphCut.remove(sd, added);
        sd.getVariables().remove(input);
        return cut;
    }
}
