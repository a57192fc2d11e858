package org.revlayers.internal.convert;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.convert.Conversion;
import org.revlayers.convert.ConversionReport;
import org.revlayers.convert.Sample;
import org.revlayers.internal.memory.IdleWorkspaces;
import org.revlayers.keep.Memory;

/**
 * The engine of all conversions: finds units, builds what they become, carries parameters, updater state and settings, compares and reports.
 *
 * @param <N> the kind of network
 */
public final class Converter<N extends Model> {

    private final N source;
    private final Memory memory;
    private final Sample sample;
    private final Choices choices;
    private NetworkEdit<N> edit;
    private final List<ConversionReport.Unit> units = new ArrayList<>();
    private final Set<String> done = new HashSet<>();
    private String updater;
    private Map<String, String> reasons = Map.of();

    private Converter(NetworkEdit<N> edit, Memory memory, Sample sample) {
        this.source = edit.source;
        this.edit = edit;
        this.memory = memory;
        this.sample = sample;
        choices = new Choices(memory, labels());
    }

    /** See {@link org.revlayers.Lean}. */
    public static Conversion<MultiLayerNetwork> convert(MultiLayerNetwork net, Memory memory, Sample sample) {
        return outside(() -> new Converter<>(new LineEdit(net), memory, sample).convert());
    }

    /** See {@link org.revlayers.Lean}. */
    public static Conversion<ComputationGraph> convert(ComputationGraph net, Memory memory, Sample sample) {
        return outside(() -> new Converter<>(new GraphEdit(net), memory, sample).convert());
    }

    /** See {@link org.revlayers.Lean}. */
    public static ConversionReport plan(MultiLayerNetwork net, Memory memory) {
        return outside(() -> new Converter<>(new LineEdit(net), memory, null).plan());
    }

    /** See {@link org.revlayers.Lean}. */
    public static ConversionReport plan(ComputationGraph net, Memory memory) {
        return outside(() -> new Converter<>(new GraphEdit(net), memory, null).plan());
    }

    /** Runs out of all workspaces, and frees those that are idle then. */
    @SuppressWarnings("try") // the scope is used by being open
    static <T> T outside(Supplier<T> action) {
        try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            return action.get();
        } finally {
            IdleWorkspaces.free();
        }
    }

    private Conversion<N> convert() {
        if (sample != null) {
            Networks.check(sample, source);
        }
        N net = shareNorms();
        if (build(net != null)) {
            net = edit.finish();
            String carried = edit.carryUpdater(net);
            updater = updater == null ? carried : updater;
        }
        return new Conversion<>(
                net, report(RazorSequences.dense(units, Networks.layers(net)), Comparisons.of(source, net, sample)));
    }

    private ConversionReport plan() {
        N net = shareNorms();
        build(net != null);
        updater = null;
        return report(List.of(), null);
    }

    private ConversionReport report(List<ConversionReport.Dense> dense, ConversionReport.Comparison comparison) {
        List<ConversionReport.Left> left = new ArrayList<>();
        reasons.forEach((vertex, reason) -> left.add(new ConversionReport.Left(edit.label(vertex), reason)));
        return new ConversionReport(List.copyOf(units), left, dense, updater, comparison);
    }

    private List<String> labels() {
        return edit.conf().getVertices().keySet().stream().map(edit::label).toList();
    }

    private List<Memory> asked() {
        return choices.among(labels());
    }

    /** The step before all others; null if nothing asks for it. */
    private N shareNorms() {
        if (asked().stream().noneMatch(Memory::sharesNorms)) {
            return null;
        }
        SharedNorms<N> norms = new SharedNorms<>(edit, choices);
        N net = norms.convert();
        for (String vertex : norms.converted()) {
            String label = edit.label(vertex);
            units.add(new ConversionReport.Unit(ConversionReport.NORMS, label, List.of(label), 0));
        }
        done.addAll(norms.converted());
        updater = SharedNorms.UPDATER;
        edit = edit.of(net);
        return net;
    }

    /**
     * Builds the units.
     *
     * @param any whether it is fine if there is none
     * @return whether there is one
     */
    private boolean build(boolean any) {
        if (any && asked().stream().allMatch(asked -> isOfNorms(asked) && asked.otherwise() == null)) {
            return false;
        }
        Containable.check(edit.conf().getBackpropType());
        GraphIndex graph = new GraphIndex(edit.conf());
        done.removeIf(vertex -> !isOfNorms(choices.of(edit.label(vertex)))); // a razor is still to come
        Chooser chooser = new Chooser(edit, graph, choices, done).choose();
        reasons = chooser.left();
        if (chooser.units().isEmpty() && !any) {
            throw new IllegalArgumentException(nothing());
        }
        assemble(edit, graph, chooser.units(), (unit, built) -> {
            List<String> members = unit.vertices().stream().map(edit::label).toList();
            units.add(new ConversionReport.Unit(unit.kind(), built.name(), members, built.subBlocks()));
        });
        return !chooser.units().isEmpty();
    }

    /** Puts units in the place of their vertices, and all other vertices as they are. */
    static void assemble(
            NetworkEdit<?> edit, GraphIndex graph, List<Planned> units, BiConsumer<Planned, Planned.Built> made) {
        Map<String, Planned> starts = new HashMap<>();
        Set<String> inside = new HashSet<>();
        for (Planned unit : units) {
            starts.put(unit.start(), unit);
            inside.addAll(unit.vertices());
        }
        graph.conf().getVertices().forEach((name, vertex) -> {
            Planned unit = starts.get(name);
            if (unit != null) {
                made.accept(unit, unit.build(edit, graph));
            } else if (!inside.contains(name)) {
                edit.keep(name, vertex);
            }
        });
    }

    private static boolean isOfNorms(Memory asked) {
        return asked != null && asked.sharesNorms() && asked.kind() != Memory.Kind.RAZOR;
    }

    private String nothing() {
        String what =
                switch (memory.kind()) {
                    case REVERSIBLE -> "the network has no row of at least "
                            + memory.chain().atLeast() + " residual blocks that could become a chain";
                    case RECOMPUTE -> "there is no transformer block or MLP";
                    default -> "there are no two layers in a row, nor a transformer block, that could be in a container";
                };
        Map<String, String> left = new LinkedHashMap<>();
        reasons.forEach((vertex, reason) -> left.put(edit.label(vertex), reason));
        return "nothing to convert: " + what + ". Left: "
                + (left.isEmpty() ? "no vertex adds two inputs or is a transformer block" : left);
    }
}
