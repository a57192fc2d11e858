package org.revlayers.models;

import java.io.IOException;
import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.learning.config.IUpdater;
import org.revlayers.Lean;
import org.revlayers.keep.Memory;
import org.revlayers.weights.TensorSource;

/**
 * Networks with weights from files, ready for fine-tuning. For one seed every {@link Memory} starts as the same function, head included:
 * the plain network is built first and, for {@link Memory#approx}, converted ({@link Lean}). All are FLOAT.
 *
 * <pre>{@code
 * try (TensorSource source = TensorSource.open(Path.of("vit.safetensors"))) {
 *     MultiLayerNetwork net = Pretrained.vit(source, 10, 224, Memory.approx(), new Adam(1e-4), 1);
 * }
 * }</pre>
 *
 * @since 0.1.0
 */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
public final class Pretrained {

    /**
     * Hiera-Tiny's plain blocks 4 to 9 over features computed beforehand: {@code block4} … {@code block9}, {@code pooling} (mean), {@code
     * norm}, {@code output} (fresh). Input {@link HieraTinyFeatures#forward} of 224 px images, {@code [mb, 196, 384]}.
     *
     * @param seed of the output layer's weights
     * @throws IOException when the file is of another model
     */
    public static MultiLayerNetwork hieraTiny(
            TensorSource source, int classes, Memory memory, IUpdater updater, long seed) throws IOException {
        return HieraTinyLoader.load(source, classes, memory, updater, seed);
    }

    /**
     * A Vision Transformer from Hugging Face's or timm's tensor names, whichever the file has. The position embedding is interpolated
     * ({@link PositionEmbedding}) if the image size is another; the file's head is used if it has as many classes, else a fresh one.
     * Heads have 64 features.
     *
     * @param imageSize side of the square images, a multiple of the patch
     * @param seed      of a fresh head
     * @throws IOException when tensors are missing or left over
     */
    public static MultiLayerNetwork vit(
            TensorSource source, int classes, int imageSize, Memory memory, IUpdater updater, long seed)
            throws IOException {
        return VitLoader.load(source, classes, imageSize, memory, updater, seed);
    }

    /**
     * A BERT-like sentence encoder (all-MiniLM-L6-v2, bge-small, e5-small): {@link TextEncoder} with the file's weights, a fresh output
     * layer, or none for 0 classes: then the output is the mean-pooled embedding.
     *
     * @param tokens of an input, padded and masked; at most as many as the file has positions
     * @param seed   of the output layer's weights
     * @throws IOException when tensors are missing or left over
     */
    public static MultiLayerNetwork miniLm(
            TensorSource source, int tokens, int classes, Memory memory, IUpdater updater, long seed)
            throws IOException {
        return MiniLmLoader.load(source, tokens, classes, memory, updater, seed);
    }

    /**
     * {@link ResNet50} with Keras's ImageNet weights and running statistics; the file's head for 1000 classes, else a fresh one. Images go
     * through {@link ResNet50#preprocess}.
     *
     * @param seed of a fresh head
     * @throws IOException when tensors are missing or left over
     */
    public static ComputationGraph resNet50(TensorSource source, int classes, IUpdater updater, long seed)
            throws IOException {
        return resNet50(
                source,
                ResNet50.builder().classes(classes).updater(updater).seed(seed).build());
    }

    /**
     * As {@link #resNet50(TensorSource, int, IUpdater, long)}, with more to choose.
     *
     * @param model with the file's epsilon
     */
    public static ComputationGraph resNet50(TensorSource source, ResNet50 model) throws IOException {
        return ResNet50Loader.load(source, model);
    }
}
