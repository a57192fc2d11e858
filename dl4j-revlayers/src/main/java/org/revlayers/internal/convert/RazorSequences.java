package org.revlayers.internal.convert;

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
import org.revlayers.convert.ConversionReport;

/** What a razor does nothing for. */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
final class RazorSequences {

    private static final Set<String> THINNED =
            Set.of(ConversionReport.RAZOR, ConversionReport.HALF, ConversionReport.INT8);

    /**
     * The layers whose inputs stay dense inside the sequences that a conversion has made, by the names that they had in the network.
     *
     * @param layers of the converted network
     */
    static List<ConversionReport.Dense> dense(List<ConversionReport.Unit> made, Layer... layers) {
        Set<String> names = made.stream()
                .filter(unit -> THINNED.contains(unit.kind()))
                .map(ConversionReport.Unit::name)
                .collect(Collectors.toSet());
        List<ConversionReport.Dense> dense = new ArrayList<>();
        for (Layer layer : layers) {
            if (layer.conf().getLayer() instanceof RazorSequence sequence && names.contains(sequence.getLayerName())) {
                dense.addAll(dense(sequence));
            }
        }
        return dense;
    }

    private static List<ConversionReport.Dense> dense(RazorSequence sequence) {
        Map<String, String> names = new HashMap<>();
        SafeNames safe = new SafeNames();
        sequence.getVertices().forEach(name -> names.put(safe.of(name, ""), name));
        List<ConversionReport.Dense> dense = new ArrayList<>();
        sequence.denseInputs().forEach((path, reason) -> {
            String inside = path.substring(path.lastIndexOf('.') + 1);
            dense.add(new ConversionReport.Dense(names.get(inside), reason));
        });
        return dense;
    }
}
