package org.revlayers.internal.keep;

import java.io.Serializable;
import org.nd4j.shade.jackson.annotation.JsonAutoDetect;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;
import org.revlayers.keep.ActivationMemory;

/**
 * Back Razor for a layer on tokens: how what it keeps for backward is thinned. Attention, MLP and transformer blocks have activations of their
 * own and listen to this.
 *
 * @param thinning      of every activation
 * @param activation    what the MLP's activation function keeps, instead of what the layer says; null for that
 * @param probabilities whether attention keeps P̂, the thinned probabilities, as in the paper; otherwise they are computed again from q̂ and k̂
 */
@JsonAutoDetect(fieldVisibility = JsonAutoDetect.Visibility.ANY)
public record TokenRazor(Thinning thinning, ActivationMemory activation, boolean probabilities)
        implements Serializable {

    /** Checks that there is a thinning. */
    @JsonCreator
    public TokenRazor(
            @JsonProperty("thinning") Thinning thinning,
            @JsonProperty("activation") ActivationMemory activation,
            @JsonProperty("probabilities") boolean probabilities) {
        if (thinning == null) {
            throw new IllegalArgumentException(
                    "a razor needs a thinning; got null: a layer without a razor is one whose razor is null");
        }
        this.thinning = thinning;
        this.activation = activation;
        this.probabilities = probabilities;
    }
}
