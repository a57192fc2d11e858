package org.revlayers.convert;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.container.RazorSequence;
import org.revlayers.contract.Wrappers;

/** {@link Razor} for a {@link MultiLayerNetwork}. */
final class NetworkRazor {

    private final MultiLayerNetwork source;
    private final NetworkEdit edit;
    private final List<RazorReport.Sequence> sequences = new ArrayList<>();
    private final List<RazorReport.Left> left = new ArrayList<>();

    NetworkRazor(MultiLayerNetwork source) {
        this.source = source;
        this.edit = new NetworkEdit(source);
    }

    RazorResult<MultiLayerNetwork> convert(RazorOptions options) {
        Containable.check(source.getLayerWiseConfigurations().getBackpropType());
        KnownNames.check(options, edit.names());
        for (int i = 0; i < edit.size(); ) {
            int end = i;
            while (end < edit.size()
                    && obstacle(end, options) == null
                    && (end == i || edit.preProcessor(end) == null)) {
                end++;
            }
            if (end - i > 1 || end > i && Containable.keepsInside(edit.layer(i))) {
                contain(i, end, options);
                i = end;
            } else {
                String obstacle = obstacle(i, options);
                left.add(new RazorReport.Left(
                        edit.layer(i).getLayerName(),
                        obstacle == null ? "alone: the network keeps its input anyway" : obstacle));
                edit.keep(i++);
            }
        }
        RazorSequences.checkFound(sequences, left);
        MultiLayerNetwork net = edit.finish();
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

    private String obstacle(int i, RazorOptions options) {
        return options.getExcept().contains(edit.layer(i).getLayerName())
                ? "excepted"
                : Containable.obstacle(edit.layer(i));
    }

    private void contain(int from, int to, RazorOptions options) {
        Map<String, String> names = new LinkedHashMap<>();
        SafeNames safe = new SafeNames();
        for (int i = from; i < to; i++) {
            names.put(safe.of(edit.layer(i).getLayerName(), ""), edit.layer(i).getLayerName());
        }
        RazorSequence sequence = RazorSequences.of(options, names);
        sequence.setLayerName(edit.freeName("razor"));
        List<String> inside = List.copyOf(names.keySet());
        for (int i = from; i < to; i++) {
            Layer copy = Wrappers.copy(edit.layer(i));
            sequence.getVertices().add(copy.getLayerName());
            copy.setLayerName(inside.get(i - from));
            sequence.getLayers().add(copy);
            edit.move(i, "", edit.made(), copy.getLayerName() + ".");
        }
        Settings.lift(sequence);
        sequence.equip(options.isProbabilities());
        edit.processor(from);
        edit.add(from, sequence);
        sequences.add(new RazorReport.Sequence(sequence.getLayerName(), List.copyOf(sequence.getVertices())));
    }

    private RazorReport.Comparison compare(MultiLayerNetwork net, Sample sample) {
        if (sample == null) {
            return null;
        }
        INDArray expected = source.output(sample.arrays()[0]).dup();
        return new RazorReport.Comparison(
                Comparisons.distance(expected, net.output(sample.arrays()[0])),
                Comparisons.largest(expected),
                PredictedKept.of(source, sample),
                PredictedKept.of(net, sample));
    }

    MultiLayerNetwork restore() {
        boolean any = false;
        for (int i = 0; i < edit.size(); i++) {
            if (!(Wrappers.thawed(edit.layer(i)) instanceof RazorSequence sequence)
                    || sequence.getVertices().isEmpty()) {
                edit.keep(i);
                continue;
            }
            any = true;
            sequence.unequip();
            Settings.handDown(sequence);
            edit.processor(i);
            for (int inside = 0; inside < sequence.getLayers().size(); inside++) {
                Layer layer = sequence.getLayers().get(inside);
                edit.move(i, layer.getLayerName() + ".", edit.made(), "");
                layer.setLayerName(sequence.getVertices().get(inside));
                edit.add(i, layer);
            }
        }
        RazorSequences.checkRestored(any);
        MultiLayerNetwork plain = edit.finish();
        edit.carryUpdater(plain);
        return plain;
    }
}
