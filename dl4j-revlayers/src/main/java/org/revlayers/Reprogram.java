package org.revlayers;

import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.jspecify.annotations.Nullable;
import org.revlayers.convert.ReprogramOptions;
import org.revlayers.convert.Reprogrammed;
import org.revlayers.convert.Sample;
import org.revlayers.internal.contract.Given;
import org.revlayers.internal.convert.Reprogrammer;
import org.revlayers.internal.convert.Thaw;

/**
 * Block selective reprogramming (BSR): a pretrained transformer of which few blocks are trained, and fewer and fewer tokens go on. Source: Sarkar et al. 2024
 * (arXiv 2405.10951).
 *
 * <pre>{@code
 * Reprogrammed<MultiLayerNetwork> lean = Reprogram.convert(vit,
 *         ReprogramOptions.builder().train(3, 7, 11).dropAt(3, 6, 9).keep(0.5).build());
 * System.out.print(lean.report());     // what is trained, where tokens are left out
 * lean.network().fit(iterator);
 * }</pre>
 *
 * <p>Blocks are the network's {@code TransformerBlock}s, counted from 0 on in forward order. The trained ones, and layers that no block is computed from, have an
 * updater. What blocks are computed from, and blocks, with nothing that is trained in front of them, are in DL4J's {@code FrozenLayer}: no backward goes through them, and they keep nothing inside. Frozen blocks
 * behind it pass the gradient on, compute none of their parameters, and are kept as the options say: by default by their inputs alone, computed again in
 * backward; neighbours as one. Frozen parameters have no updater state. (DL4J's flat array of gradients has a place for them all the same,
 * and with {@code frozen(null)} its {@code FrozenLayerWithBackprop} has state that nobody reads, until a conversion follows.)
 *
 * <p>Tokens are left out between attention and MLP of a block ({@code TransformerBlock.keepTokens}): another function, in training and inference alike. Gradients
 * are exact. A {@code TokenPooling} that is the mean over tokens counts a fused one for as many as it stands for; of texts their mask says for how many.
 *
 * <p>The new network has layers of the same names; JSON, files, {@code clone} and transfer learning work as with any other; razor, 2-bit codes and the
 * rest are conversions of it ({@link Lean}).
 *
 * @since 0.1.0
 */
public final class Reprogram {

    private Reprogram() {}

    /**
     * A new network.
     *
     * @throws IllegalArgumentException if the network has no such blocks, has some in containers, has two layers of one name, none is to be trained, or tokens cannot be left out: without a class token (unless by
     *     {@code score(MEAN_RECEIVED)}), or fused in front of DL4J's mean or sum over tokens, which would count the fused one as one
     */
    public static Reprogrammed<MultiLayerNetwork> convert(MultiLayerNetwork net, ReprogramOptions options) {
        return convert(net, options, null);
    }

    /** As {@link #convert(MultiLayerNetwork, ReprogramOptions)}. */
    public static Reprogrammed<ComputationGraph> convert(ComputationGraph net, ReprogramOptions options) {
        return convert(net, options, null);
    }

    /**
     * The same, with a report that says what is kept for backward of a batch, before and after.
     *
     * @param sample a batch of what the network reads, which both networks run on; null for none
     */
    public static Reprogrammed<MultiLayerNetwork> convert(
            MultiLayerNetwork net, ReprogramOptions options, @Nullable Sample sample) {
        return Reprogrammer.convert(net, given(options), sample);
    }

    /** As {@link #convert(MultiLayerNetwork, ReprogramOptions, Sample)}. */
    public static Reprogrammed<ComputationGraph> convert(
            ComputationGraph net, ReprogramOptions options, @Nullable Sample sample) {
        return Reprogrammer.convert(net, given(options), sample);
    }

    /**
     * A network all of which is trained, with all tokens and with the parameters of now. If frozen blocks, or some that leave tokens out, are in containers, all
     * containers that conversions have made are taken apart, as {@link Lean#restore} does it. What was frozen, or left tokens out, before {@link #convert} is not
     * recorded: it is trained, too, and leaves none out.
     *
     * @throws IllegalArgumentException if nothing is frozen, and no block leaves tokens out
     */
    public static MultiLayerNetwork restore(MultiLayerNetwork net) {
        return Thaw.restore(given(net));
    }

    /** As {@link #restore(MultiLayerNetwork)}. */
    public static ComputationGraph restore(ComputationGraph net) {
        return Thaw.restore(given(net));
    }

    private static ReprogramOptions given(ReprogramOptions options) {
        return Given.of(
                options, "the options of a reprogramming", "ReprogramOptions.builder().train(3, 7, 11).build(), say");
    }

    private static <N extends Model> N given(N net) {
        return Given.of(net, "the network", "one that Reprogram.convert made");
    }
}
