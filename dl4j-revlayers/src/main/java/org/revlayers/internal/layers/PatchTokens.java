package org.revlayers.internal.layers;

import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;

/**
 * Tokens none of which is a class token, as long as it is known: equal to DL4J's type of the same size, which says nothing of that. Layers of other tokens
 * hand it on, so that one that reads the first token as the class token finds the mistake when the network is built.
 */
public final class PatchTokens extends InputType.InputTypeRecurrent {

    private static final long serialVersionUID = 1L;

    /** In DL4J's layout NWC. */
    public PatchTokens(long features, long tokens) {
        this(features, tokens, RNNFormat.NWC);
    }

    private PatchTokens(long features, long tokens, RNNFormat format) {
        super(features, tokens, format);
    }

    /** The type of what a layer that changes no token into another gives for this input. */
    public static InputType behind(InputType input, long features, long tokens, RNNFormat format) {
        return input instanceof PatchTokens
                ? new PatchTokens(features, tokens, format)
                : InputType.recurrent(features, tokens, format);
    }

    /** @throws IllegalStateException if it is known that there is no class token */
    public static void requireClassToken(InputType input, String layer, String remedy) {
        if (input instanceof PatchTokens) {
            throw new IllegalStateException(
                    layer + " reads the first token as the class token, and the patches in front of it have none: "
                            + remedy + ", or build the PatchEmbedding with classToken(true)");
        }
    }
}
