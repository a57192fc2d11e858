package org.revlayers.container;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import lombok.AccessLevel;
import lombok.RequiredArgsConstructor;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.revlayers.internal.container.LayerSequence;
import org.revlayers.internal.container.Part;
import org.revlayers.internal.inner.Keeping;
import org.revlayers.internal.inner.NormHosts;

/** What has become of the batch normalisations of a sequence. */
@RequiredArgsConstructor(access = AccessLevel.PRIVATE)
final class NormsInside {

    private final Function<Layer, Keeping> keeping;
    private final Map<String, String> found = new LinkedHashMap<>();

    /** By what the names of their parameters begin with, without the last dot. */
    static Map<String, String> of(LayerSequence sequence, Function<Layer, Keeping> keeping) {
        NormsInside norms = new NormsInside(keeping);
        norms.row(sequence.getLayers(), "");
        return norms.found;
    }

    private void row(List<Layer> layers, String prefix) {
        List<Part> parts = Part.named(prefix, layers);
        for (int i = 0; i < parts.size(); i++) {
            Part part = parts.get(i);
            if (part.layer() instanceof ResidualUnit unit) {
                row(unit.getMain(), part.prefix() + "main.");
                row(unit.getShortcut(), part.prefix() + "shortcut.");
                row(unit.getAfter(), part.prefix() + "after.");
            } else {
                String told = NormHosts.told(layers, i, keeping);
                if (told != null) {
                    found.put(part.prefix().substring(0, part.prefix().length() - 1), told);
                }
            }
        }
    }
}
