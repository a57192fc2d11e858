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
import java.util.stream.Collectors;
import org.deeplearning4j.nn.api.Layer;
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
    private String updater;

    private final List<ConversionReport.Left> left = new ArrayList<>();

    private Converter(NetworkEdit<N> edit, Memory memory, Sample sample) {
        this.source = edit.source;
        this.edit = edit;
        this.memory = memory;
        this.sample = sample;
        choices = new Choices(memory, labels(), members());
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
        Chooser chooser = choose();
        N net = shareNorms(chooser.norms());
        if (!chooser.units().isEmpty()) {
            build(chooser.units());
            net = edit.finish();
            String carried = edit.carryUpdater(net);
            updater = updater == null ? carried : updater;
        }
        return new Conversion<>(
                net,
                report(
                        RazorSequences.dense(units, Networks.layers(net)),
                        NormsInPlace.norms(units, Networks.layers(net)),
                        Comparisons.of(source, net, sample)));
    }

    private ConversionReport plan() {
        Chooser chooser = choose();
        shareNorms(chooser.norms());
        build(chooser.units());
        updater = null;
        return report(List.of(), List.of(), null);
    }

    private ConversionReport report(
            List<ConversionReport.Dense> dense,
            List<ConversionReport.Norm> norms,
            ConversionReport.Comparison comparison) {
        return new ConversionReport(List.copyOf(units), List.copyOf(left), dense, norms, updater, comparison);
    }

    private List<String> labels() {
        return edit.conf().getVertices().keySet().stream().map(edit::label).toList();
    }

    private Map<String, String> members() {
        Map<String, String> members = new LinkedHashMap<>();
        for (Layer layer : Networks.layers(source)) {
            String container = layer.conf().getLayer().getLayerName();
            Members.names(layer.conf().getLayer()).forEach(member -> members.put(member, container));
        }
        return members;
    }

    /** What is to be done, all of it found in the network as it is. */
    private Chooser choose() {
        boolean containers = choices.stages(labels()).stream()
                .anyMatch(stage -> !stage.sharesNorms() || stage.kind() == Memory.Kind.RAZOR);
        Chooser chooser = new Chooser(edit, new GraphIndex(edit.conf()), choices).choose();
        if (containers || !chooser.isAny()) {
            Containable.check(edit.conf().getBackpropType());
        }
        chooser.left().forEach((vertex, reason) -> left.add(new ConversionReport.Left(edit.label(vertex), reason)));
        choices.namedInside()
                .forEach((member, container) -> left.add(new ConversionReport.Left(
                        member, "is in the container \"" + container + "\" already: restore first")));
        if (!chooser.isAny()) {
            throw new IllegalArgumentException(nothing());
        }
        return chooser;
    }

    /** The step before all others; null if nothing asks for it. */
    private N shareNorms(Map<String, Memory> norms) {
        if (norms.isEmpty()) {
            return null;
        }
        N net = new SharedNorms<>(edit, norms).convert();
        for (String vertex : norms.keySet()) {
            String label = edit.label(vertex);
            units.add(new ConversionReport.Unit(ConversionReport.NORMS, label, List.of(label), 0));
        }
        updater = SharedNorms.UPDATER;
        edit = edit.of(net);
        return net;
    }

    private void build(List<Planned> planned) {
        assemble(edit, new GraphIndex(edit.conf()), planned, (unit, built) -> {
            List<String> members = unit.vertices().stream().map(edit::label).toList();
            units.add(new ConversionReport.Unit(unit.kind(), built.name(), members, built.subBlocks()));
        });
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

    private String nothing() {
        String what =
                switch (memory.kind()) {
                    case REVERSIBLE -> "the network has no row of at least "
                            + memory.chain().atLeast() + " residual blocks that could become a chain";
                    case RECOMPUTE -> "there is no transformer block or MLP that keeps more";
                    case SHARED_NORMS,
                            APPROX -> "there is no LayerNormalization or TransformerBlock with gamma and beta:"
                            + " nothing is left to convert, use the network as it is";
                    case IN_PLACE -> "there is no batch normalisation in a run of layers that could work in place";
                    default -> "there are no two layers in a row, nor a transformer block, that could be in a container";
                };
        List<String> reasons = left.stream().map(ConversionReport.Left::reason).toList();
        String all = left.stream().map(l -> l.name() + "=" + l.reason()).collect(Collectors.joining(", ", "{", "}"));
        return "nothing to convert: " + what
                + (reasons.contains(Containable.CONTAINER) ? ", besides the containers that it has: restore first" : "")
                + ". Left: "
                + (reasons.stream().allMatch(Chooser.IN_NO_ROW::equals)
                        ? "no vertex adds two inputs or is a transformer block"
                        : all);
    }
}
