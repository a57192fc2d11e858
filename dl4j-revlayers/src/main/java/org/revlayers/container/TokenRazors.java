package org.revlayers.container;

import java.util.function.BiConsumer;
import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.revlayers.internal.container.ContainerLayer;
import org.revlayers.internal.keep.TokenRazor;
import org.revlayers.keep.ActivationMemory;
import org.revlayers.layers.TokenLayer;

/** What a {@link RazorSequence} has the layers on tokens inside it do with their own activations. */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
final class TokenRazors {

    /** The razor of the layer of this name; null if it has none. */
    static TokenRazor of(RazorSequence sequence, String layer) {
        if (sequence.getThinning() == null || sequence.getDense().contains(layer)) {
            return null;
        }
        ActivationMemory all = sequence.getActivations();
        return new TokenRazor(
                sequence.getThinnings().getOrDefault(layer, sequence.getThinning()),
                all == ActivationMemory.DENSE ? null : all,
                sequence.isProbabilities());
    }

    /** Visits the layers on tokens inside a container, at any depth, with what the names of their parameters begin with. */
    static void onTokens(String path, ContainerLayer container, BiConsumer<String, TokenLayer> action) {
        container.innerLayers().forEach((prefix, layer) -> {
            if (layer instanceof TokenLayer token) {
                action.accept(path + prefix, token);
            } else if (layer instanceof ContainerLayer inside) {
                onTokens(path + prefix, inside, action);
            }
        });
    }
}
