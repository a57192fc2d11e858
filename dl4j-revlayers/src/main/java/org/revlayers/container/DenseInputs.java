package org.revlayers.container;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lombok.RequiredArgsConstructor;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.revlayers.internal.container.Part;
import org.revlayers.internal.inner.Composite;
import org.revlayers.internal.inner.DenseReads;
import org.revlayers.internal.inner.InnerLayers;

/** The layers of a {@link RazorSequence} whose inputs it keeps as they are, and why. */
@RequiredArgsConstructor
final class DenseInputs {

    private final RazorSequence sequence;
    private final InnerLayers.Setting setting;
    private final Map<String, String> found = new LinkedHashMap<>();

    /** By what the names of the layers' parameters begin with, without the last dot. */
    static Map<String, String> of(RazorSequence sequence, InnerLayers.Setting setting) {
        DenseInputs inputs = new DenseInputs(sequence, setting);
        inputs.row(sequence.getLayers(), "", true);
        return inputs.found;
    }

    /** @param first whether the first layer reads what the network keeps */
    private void row(List<Layer> layers, String prefix, boolean first) {
        List<Part> parts = Part.named(prefix, layers);
        for (int i = 0; i < parts.size(); i++) {
            layer(parts.get(i), first && i == 0);
        }
    }

    private void layer(Part part, boolean first) {
        if (part.layer() instanceof ResidualUnit unit) {
            row(unit.getMain(), part.prefix() + "main.", first);
            row(unit.getShortcut(), part.prefix() + "shortcut.", first);
            row(unit.getAfter(), part.prefix() + "after.", false);
            return;
        }
        String name = part.prefix().substring(0, part.prefix().length() - 1);
        if (part.layer() instanceof RazorSequence inside) {
            inside.denseInputs().forEach((layer, reason) -> found.put(part.prefix() + layer, reason));
        } else if (!first && part.layer() instanceof Composite composite) {
            if (DenseReads.readsDense(composite.inner(null, setting))) {
                found.put(name, "it computes again from its input");
            }
        } else if (!first) {
            String reason = DenseReads.reason(part.layer(), setting);
            if (reason != null) {
                found.put(name, why(part.layer(), reason));
            }
        }
    }

    private String why(Layer layer, String otherwise) {
        if (sequence.getThinning() == null) {
            return "the razor is off";
        }
        return sequence.getDense().contains(String.valueOf(layer.getLayerName())) ? "the options say so" : otherwise;
    }
}
