package org.revlayers.container;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.revlayers.internal.container.ContainerLayer;
import org.revlayers.internal.container.Part;
import org.revlayers.internal.contract.Layouts;
import org.revlayers.internal.contract.Wrappers;
import org.revlayers.internal.keep.Prediction;
import org.revlayers.layers.TokenLayer;

/** Finds the layers of a {@link RazorSequence} that learn and whose activations it thins. */
final class ThinnedLayers {

    private final RazorSequence sequence;
    private final Set<String> dense;
    private final List<ThinnedLayer> found = new ArrayList<>();

    private ThinnedLayers(RazorSequence sequence) {
        this.sequence = sequence;
        this.dense = sequence.denseInputs().keySet();
    }

    static List<ThinnedLayer> of(RazorSequence sequence, InputType input) {
        if (sequence.getThinning() == null) {
            return List.of();
        }
        ThinnedLayers layers = new ThinnedLayers(sequence);
        layers.row(sequence.getLayers(), "", input, true);
        return layers.found;
    }

    private void row(List<Layer> layers, String prefix, InputType input, boolean first) {
        InputType type = input;
        List<Part> parts = Part.named(prefix, layers);
        for (int i = 0; i < parts.size(); i++) {
            layer(parts.get(i), type, first && i == 0);
            type = Layouts.output(parts.get(i).layer(), type);
        }
    }

    /** @param first whether it reads what the network keeps */
    private void layer(Part part, InputType input, boolean first) {
        String path = part.prefix().substring(0, part.prefix().length() - 1);
        if (part.layer() instanceof ResidualUnit unit) {
            row(unit.getMain(), part.prefix() + "main.", input, first);
            row(unit.getShortcut(), part.prefix() + "shortcut.", input, first);
            row(unit.getAfter(), part.prefix() + "after.", unit.sum(input), false);
        } else if (isThinned(part, path, first)) {
            found.add(new ThinnedLayer(path, part.layer(), bytes(part.layer(), input)));
        }
    }

    private boolean isThinned(Part part, String path, boolean first) {
        Layer layer = part.layer();
        if (layer instanceof ContainerLayer || Wrappers.isFrozen(layer)) {
            return false; // a razor sequence inside has ratios of its own, a frozen layer no gradients
        }
        if (layer instanceof TokenLayer token && token.getRazor() != null) {
            return sequence.getEquipped().contains(part.prefix());
        }
        return !first && !dense.contains(path);
    }

    private static long bytes(Layer layer, InputType input) {
        long inside = 0;
        if (layer instanceof TokenLayer) {
            TokenLayer dense = (TokenLayer) layer.clone();
            dense.setRazor(null);
            for (Prediction kept : dense.predictKept(input)) {
                inside += kept.bytes(1, Float.BYTES);
            }
        }
        return input.arrayElementsPerExample() * Float.BYTES + inside;
    }
}
