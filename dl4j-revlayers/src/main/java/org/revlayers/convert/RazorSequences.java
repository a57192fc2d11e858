package org.revlayers.convert;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.deeplearning4j.nn.api.Layer;
import org.revlayers.container.RazorSequence;
import org.revlayers.keep.Thinning;

/** What the razors of networks and graphs have in common. */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
final class RazorSequences {

    /**
     * An empty sequence.
     *
     * @param names of the layers in the network, which need not differ, by those inside
     */
    static RazorSequence of(RazorOptions options, Map<String, String> names) {
        RazorSequence.Builder builder = new RazorSequence.Builder()
                .thinning(new Thinning(options.getPrune(), options.getValues(), options.getFill(), options.isForward()))
                .activations(options.getActivations())
                .stockHosts(options.isStockHosts());
        names.forEach((inside, layer) -> {
            if (options.getThinnings().containsKey(layer)) {
                builder.thinning(inside, options.getThinnings().get(layer));
            }
            if (options.getDense().contains(layer)) {
                builder.dense(inside);
            }
        });
        return builder.build();
    }

    /**
     * The layers whose inputs stay dense inside the sequences that a conversion has made, by the names that they had in the network.
     *
     * @param layers of the converted network
     */
    static List<RazorReport.Dense> dense(List<RazorReport.Sequence> made, Layer... layers) {
        Set<String> names = made.stream().map(RazorReport.Sequence::name).collect(Collectors.toSet());
        List<RazorReport.Dense> dense = new ArrayList<>();
        for (Layer layer : layers) {
            if (layer.conf().getLayer() instanceof RazorSequence sequence && names.contains(sequence.getLayerName())) {
                dense.addAll(dense(sequence));
            }
        }
        return dense;
    }

    private static List<RazorReport.Dense> dense(RazorSequence sequence) {
        Map<String, String> names = new HashMap<>();
        SafeNames safe = new SafeNames();
        sequence.getVertices().forEach(name -> names.put(safe.of(name, ""), name));
        List<RazorReport.Dense> dense = new ArrayList<>();
        sequence.denseInputs().forEach((path, reason) -> {
            String inside = path.substring(path.lastIndexOf('.') + 1);
            dense.add(new RazorReport.Dense(names.get(inside), reason));
        });
        return dense;
    }

    static void checkFound(List<RazorReport.Sequence> sequences, List<RazorReport.Left> left) {
        if (sequences.isEmpty()) {
            throw new IllegalArgumentException(
                    "nothing to convert: there are no two layers in a row, nor a transformer block, that could be in a"
                            + " container. Left: "
                            + left);
        }
    }

    static void checkRestored(boolean any) {
        if (!any) {
            throw new IllegalArgumentException("nothing to restore: there is no sequence that Razor.convert has made");
        }
    }
}
