package org.revlayers.convert;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.container.LayerSequence;
import org.revlayers.container.RazorSequence;
import org.revlayers.contract.Wrappers;

/** {@link Razor} for a {@link ComputationGraph}. */
final class VertexRazor {

    private final ComputationGraph source;
    private final GraphEdit edit;

    VertexRazor(ComputationGraph source) {
        this.source = source;
        this.edit = new GraphEdit(source);
    }

    RazorResult<ComputationGraph> convert(RazorOptions options) {
        Containable.check(edit.conf().getBackpropType());
        KnownNames.check(options, edit.conf().getVertices().keySet());
        GraphIndex graph = new GraphIndex(edit.conf());
        GraphRuns.Found found = GraphRuns.find(graph, options.getExcept());
        List<RazorReport.Sequence> sequences = new ArrayList<>();
        List<RazorReport.Left> left = new ArrayList<>();
        found.left().forEach((name, reason) -> left.add(new RazorReport.Left(name, reason)));
        Map<String, Run> starts = new HashMap<>();
        Set<String> inside = new HashSet<>();
        for (Run run : found.runs()) {
            starts.put(run.vertices().get(0), run);
            inside.addAll(run.vertices());
        }
        edit.conf().getVertices().forEach((name, vertex) -> {
            if (starts.containsKey(name)) {
                Run run = starts.get(name);
                LayerSequence made =
                        new Sequences(edit).contain(graph, run, "razor", names -> RazorSequences.of(options, names));
                ((RazorSequence) made).equip(options.isProbabilities());
                sequences.add(new RazorReport.Sequence(made.getLayerName(), run.vertices()));
            } else if (!inside.contains(name)) {
                edit.keep(name, vertex);
            }
        });
        RazorSequences.checkFound(sequences, left);
        ComputationGraph net = edit.finish();
        String updater = edit.carryUpdater(net);
        List<RazorReport.Dense> dense = RazorSequences.dense(sequences, net.getLayers());
        return new RazorResult<>(
                net,
                new RazorReport(
                        sequences,
                        left,
                        dense,
                        updater,
                        compare(net, Sample.of(source, options.getSample(), options.getSampleTypes()))));
    }

    private RazorReport.Comparison compare(ComputationGraph net, Sample sample) {
        if (sample == null) {
            return null;
        }
        INDArray expected = Comparisons.outputs(source, sample.arrays());
        return new RazorReport.Comparison(
                Comparisons.distance(expected, Comparisons.outputs(net, sample.arrays())),
                Comparisons.largest(expected),
                PredictedKept.of(source, sample),
                PredictedKept.of(net, sample));
    }

    ComputationGraph restore() {
        boolean[] any = new boolean[1];
        edit.conf().getVertices().forEach((name, vertex) -> {
            if (vertex instanceof LayerVertex v
                    && Wrappers.thawed(v.getLayerConf().getLayer()) instanceof RazorSequence sequence
                    && !sequence.getVertices().isEmpty()) {
                String from = edit.conf().getVertexInputs().get(name).get(0);
                sequence.unequip();
                edit.wrappingLike(
                        v.getLayerConf().getLayer(), () -> new Sequences(edit).release(name, v, sequence, from));
                any[0] = true;
            } else {
                edit.keep(name, vertex);
            }
        });
        RazorSequences.checkRestored(any[0]);
        ComputationGraph plain = edit.finish();
        edit.carryUpdater(plain);
        return plain;
    }
}
