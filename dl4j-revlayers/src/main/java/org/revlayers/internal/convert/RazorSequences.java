package org.revlayers.internal.convert;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
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
        List<ConversionReport.Dense> dense = new ArrayList<>();
        those(THINNED, made, layers).forEach(sequence -> named(sequence, sequence.denseInputs())
                .forEach((name, reason) -> dense.add(new ConversionReport.Dense(name, reason))));
        return dense;
    }

    /** The sequences of these kinds that a conversion has made. */
    static List<RazorSequence> those(Collection<String> kinds, List<ConversionReport.Unit> made, Layer... layers) {
        Set<String> names = made.stream()
                .filter(unit -> kinds.contains(unit.kind()))
                .map(ConversionReport.Unit::name)
                .collect(Collectors.toSet());
        return Arrays.stream(layers)
                .map(layer -> layer.conf().getLayer())
                .filter(RazorSequence.class::isInstance)
                .map(RazorSequence.class::cast)
                .filter(sequence -> names.contains(sequence.getLayerName()))
                .toList();
    }

    /** The same by the names that layers had in the network. */
    static Map<String, String> named(RazorSequence sequence, Map<String, String> byPath) {
        Map<String, String> names = new HashMap<>();
        SafeNames safe = new SafeNames();
        sequence.getVertices().forEach(name -> names.put(safe.of(name, ""), name));
        Map<String, String> named = new LinkedHashMap<>();
        byPath.forEach((path, what) -> named.put(names.get(path.substring(path.lastIndexOf('.') + 1)), what));
        return named;
    }
}
