package org.revlayers.internal.convert;

import java.util.List;
import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.deeplearning4j.nn.conf.BackpropType;
import org.deeplearning4j.nn.conf.layers.BaseOutputLayer;
import org.deeplearning4j.nn.conf.layers.BasePretrainNetwork;
import org.deeplearning4j.nn.conf.layers.BaseRecurrentLayer;
import org.deeplearning4j.nn.conf.layers.Cnn3DLossLayer;
import org.deeplearning4j.nn.conf.layers.CnnLossLayer;
import org.deeplearning4j.nn.conf.layers.EmbeddingLayer;
import org.deeplearning4j.nn.conf.layers.EmbeddingSequenceLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.RnnLossLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.conf.layers.objdetect.Yolo2OutputLayer;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.conf.layers.samediff.SameDiffOutputLayer;
import org.deeplearning4j.nn.conf.layers.wrapper.BaseWrapperLayer;
import org.revlayers.internal.container.ContainerLayer;
import org.revlayers.internal.contract.Wrappers;
import org.revlayers.layers.MultiHeadSelfAttention;
import org.revlayers.layers.TokenEmbedding;
import org.revlayers.layers.TransformerBlock;
import org.revlayers.layers.TransformerMlp;

/** Which layers a converter may put into a container. */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
final class Containable {

    /** DL4J does not go back through a {@link FrozenLayer}; a container would. */
    static final String FROZEN = "frozen: nothing is kept for it";

    /** It stays what it is. */
    static final String CONTAINER = "is a container already";

    private static final List<Class<?>> LOSSES = List.of(
            BaseOutputLayer.class,
            LossLayer.class,
            CnnLossLayer.class,
            Cnn3DLossLayer.class,
            RnnLossLayer.class,
            SameDiffOutputLayer.class,
            Yolo2OutputLayer.class);

    private static final List<Class<?>> RECURRENT = List.of(BaseRecurrentLayer.class, Bidirectional.class);

    private static final List<Class<?>> EMBEDDINGS =
            List.of(EmbeddingLayer.class, EmbeddingSequenceLayer.class, TokenEmbedding.class);

    private static final List<Class<?>> KEEPING =
            List.of(TransformerBlock.class, MultiHeadSelfAttention.class, TransformerMlp.class);

    /** Why a layer cannot be inside a container; null if it can. */
    static String obstacle(Layer layer) {
        if (layer instanceof FrozenLayer) {
            return FROZEN;
        }
        Layer thawed = Wrappers.thawed(layer);
        if (isOne(LOSSES, thawed)) {
            return "has a loss";
        }
        if (isOne(RECURRENT, thawed)
                || thawed instanceof BaseWrapperLayer && !(thawed instanceof FrozenLayerWithBackprop)) {
            return "is recurrent";
        }
        if (isOne(EMBEDDINGS, thawed)) {
            return "is an embedding: it has no input gradient, and keeps indices only";
        }
        if (thawed instanceof BasePretrainNetwork) {
            return "can be pretrained, which a container cannot pass on";
        }
        if (thawed instanceof ContainerLayer) {
            return CONTAINER;
        }
        if (Frozen.isNoisy(layer)) {
            return "has weight noise, which a recomputation would draw again";
        }
        return null;
    }

    /**
     * Whether a layer keeps activations of its own inside, so that it is worth a container alone. One that DL4J has frozen keeps nothing, runs its forward once
     * more in backward, and has all that its parameters would need computed and updated: in a container it does not.
     */
    static boolean keepsInside(Layer layer) {
        return isOne(KEEPING, Wrappers.thawed(layer));
    }

    /** Refuses networks that a container would not train as they say. */
    static void check(BackpropType type) {
        if (type == BackpropType.TruncatedBPTT) {
            throw new IllegalArgumentException("nothing to convert: containers do not do truncated back-propagation"
                    + " through time: set BackpropType.Standard");
        }
    }

    private static boolean isOne(List<Class<?>> kinds, Layer layer) {
        return kinds.stream().anyMatch(kind -> kind.isInstance(layer));
    }
}
