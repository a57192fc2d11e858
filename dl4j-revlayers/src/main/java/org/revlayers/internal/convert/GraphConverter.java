package org.revlayers.internal.convert;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.convert.Conversion;
import org.revlayers.convert.ConversionReport;
import org.revlayers.graph.GraphChain;
import org.revlayers.internal.graph.ChainRewrite;
import org.revlayers.internal.graph.GraphComparison;
import org.revlayers.internal.graph.NothingToConvertException;
import org.revlayers.internal.graph.RazorOptions;
import org.revlayers.internal.graph.RazorRewrite;
import org.revlayers.keep.Memory;

/** SameDiff graphs by the words of networks: chains by {@link ChainRewrite}, then thinned ops by {@link RazorRewrite}. */
public final class GraphConverter {

    private final GraphChoices choices;
    private final Memory memory;
    private final Map<String, INDArray> sample;
    private final List<ConversionReport.Unit> units = new ArrayList<>();
    private final Map<String, String> left = new LinkedHashMap<>();
    private ConversionReport.Comparison comparison;
    private NothingToConvertException nothing;

    private GraphConverter(GraphChoices choices, Memory memory, Map<String, INDArray> sample) {
        this.choices = choices;
        this.memory = memory;
        this.sample = sample;
    }

    /**
     * A new graph.
     *
     * @param sample values of placeholders to learn shapes from, to compare and to predict memory with; empty for none
     * @throws IllegalArgumentException if nothing can be converted, or for a memory that a graph has no ops for
     */
    public static Conversion<SameDiff> convert(SameDiff sd, Memory memory, Map<String, INDArray> sample) {
        return of(sd, memory, sample).convert(sd);
    }

    /** What {@link #convert} would do; with units, or reasons alone where nothing can be converted. */
    public static ConversionReport plan(SameDiff sd, Memory memory) {
        GraphConverter converter = of(sd, memory, Map.of());
        SameDiff graph = converter.converted(sd);
        return new ConversionReport(
                converter.units, converter.reasons(graph), List.of(), List.of(), null, converter.comparison);
    }

    private static GraphConverter of(SameDiff sd, Memory memory, Map<String, INDArray> sample) {
        return new GraphConverter(new GraphChoices(memory, sd.variableMap().keySet()), memory, sample);
    }

    private Conversion<SameDiff> convert(SameDiff sd) {
        SameDiff graph = converted(sd);
        if (units.isEmpty()) {
            throw nothing;
        }
        return new Conversion<>(
                graph, new ConversionReport(units, reasons(graph), List.of(), List.of(), updater(sd), comparison));
    }

    private static String updater(SameDiff sd) {
        if (sd.getTrainingConfig() == null) {
            return "none, for the graph has no training configuration";
        }
        return sd.isInitializedTraining() ? "state carried over" : "fresh, for the graph has not been trained";
    }

    /** The graph with what each memory finds in what those before it have left. */
    private SameDiff converted(SameDiff sd) {
        SameDiff graph = sd;
        for (Memory at = memory; at != null; at = at.otherwise()) {
            try {
                graph = at.thins() ? thinned(graph, at) : chains(graph, at);
            } catch (NothingToConvertException e) {
                left.putAll(e.left());
                nothing = nothing == null ? e : nothing;
            }
        }
        return graph;
    }

    /** Why variables were left that no unit has now. */
    private List<ConversionReport.Left> reasons(SameDiff graph) {
        Set<String> inside = new HashSet<>();
        for (ConversionReport.Unit unit : units) {
            inside.add(unit.name());
            if (unit.kind().equals(ConversionReport.CHAIN)) {
                inside.addAll(unit.members());
            }
        }
        List<ConversionReport.Left> reasons = new ArrayList<>();
        left.forEach((name, reason) -> {
            if (graph.hasVariable(name) && !inside.contains(name)) {
                reasons.add(new ConversionReport.Left(name, reason));
            }
        });
        return reasons;
    }

    private SameDiff chains(SameDiff sd, Memory at) {
        ChainRewrite.Options options = at.kind() == Memory.Kind.CHECKPOINT
                ? ChainRewrite.Options.exact()
                : ChainRewrite.Options.chains(chain -> set(chain, at.chain()));
        Set<String> kept = choices.kept(sd);
        units.forEach(unit -> {
            if (unit.kind().equals(ConversionReport.SWAPPED)) {
                kept.add(unit.name()); // what one memory was done with is not for its otherwise
            }
        });
        ChainRewrite.Result result = ChainRewrite.convert(
                sd,
                new ChainRewrite.Options(
                        at.chain().atLeast(), kept, kept, options.chains(), sample.isEmpty() ? null : sample));
        result.chains()
                .forEach((name, adds) ->
                        units.add(new ConversionReport.Unit(ConversionReport.CHAIN, name, adds, adds.size())));
        left.putAll(result.left());
        comparison = compared(result.comparison());
        return result.graph();
    }

    private static ConversionReport.Comparison compared(GraphComparison figures) {
        return figures == null
                ? null
                : new ConversionReport.Comparison(
                        figures.plain(),
                        figures.start(),
                        figures.largest(),
                        figures.keptBefore().orElse(-1),
                        figures.keptAfter().orElse(-1));
    }

    private static GraphChain set(GraphChain chain, Memory.Chain memory) {
        chain.coefficients(memory.schedule()).mode(memory.mode()).tolerance(memory.tolerance());
        if (memory.streamScale() != null) {
            chain.scale(memory.streamScale());
        }
        return memory.streams() == null ? chain : chain.streams(memory.streams());
    }

    private SameDiff thinned(SameDiff sd, Memory at) {
        Map<String, long[]> shapes = new HashMap<>();
        sample.forEach((name, value) -> shapes.put(name, value.shape()));
        RazorRewrite.Result result =
                RazorRewrite.convert(sd, RazorOptions.of(at.thin(), choices.dense(sd), choices.ratios(sd), shapes));
        result.swapped()
                .forEach((name, from) -> units.add(new ConversionReport.Unit(ConversionReport.SWAPPED, name, from, 0)));
        left.putAll(result.left());
        long before = comparison == null ? bytes(result.keptBefore()) : comparison.keptBefore();
        double plain = comparison == null ? 0 : comparison.plain(); // thinning changes no value
        double start = comparison == null ? 0 : comparison.start();
        double largest = comparison == null ? ConversionReport.NOT_COMPARED : comparison.largest();
        comparison = before < 0 && (comparison != null || sample.isEmpty())
                ? comparison
                : new ConversionReport.Comparison(plain, start, largest, before, bytes(result.keptAfter()));
        return result.graph();
    }

    private static long bytes(OptionalLong kept) {
        return kept.orElse(-1);
    }
}
