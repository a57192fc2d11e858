package org.revlayers.models;

import java.io.IOException;
import java.util.Map;
import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.IUpdater;
import org.revlayers.Lean;
import org.revlayers.function.Norm;
import org.revlayers.internal.files.ForeignFile;
import org.revlayers.internal.weights.BertEmbeddings;
import org.revlayers.internal.weights.HieraTiny;
import org.revlayers.internal.weights.KerasResNet50;
import org.revlayers.internal.weights.MiniLm;
import org.revlayers.internal.weights.VitBlockWeights;
import org.revlayers.internal.weights.VitEmbeddings;
import org.revlayers.keep.Memory;
import org.revlayers.layers.LayerNormalization;
import org.revlayers.layers.TokenPooling;
import org.revlayers.layers.TransformerBlock;
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

    private static final String MATCHING = "use the file of a matching model";

    /** Side of the grid of {@link HieraTinyFeatures} at 224 px. */
    private static final int HIERA_GRID = 14;

    /**
     * Hiera-Tiny's plain blocks 4 to 9 over features computed beforehand: {@code block4} … {@code block9}, {@code pooling} (mean), {@code
     * norm}, {@code output} (fresh). Input {@link HieraTinyFeatures#forward} of 224 px images, {@code [mb, 196, 384]}.
     *
     * @param seed of the output layer's weights
     * @throws IOException when the file is of another model
     */
    public static MultiLayerNetwork hieraTiny(
            TensorSource source, int classes, Memory memory, IUpdater updater, long seed) throws IOException {
        HieraTiny.check(source);
        NeuralNetConfiguration.ListBuilder list = new NeuralNetConfiguration.Builder()
                .seed(seed)
                .dataType(DataType.FLOAT)
                .updater(updater)
                .weightInit(WeightInit.XAVIER)
                .list();
        for (int i = HieraTiny.FIRST_BLOCK; i <= HieraTiny.LAST_BLOCK; i++) {
            list.layer(new TransformerBlock.Builder(HieraTiny.HEADS)
                    .name("block" + i)
                    .mlp(4L * HieraTiny.DIM)
                    .norm(Norm.LAYER, HieraTiny.EPS)
                    .memory(plain(memory))
                    .build());
        }
        list.layer(new TokenPooling.Builder(TokenPooling.Kind.MEAN)
                        .name("pooling")
                        .build())
                .layer(new LayerNormalization.Builder()
                        .eps(HieraTiny.EPS)
                        .name("norm")
                        .build())
                .layer(TokenModel.head(classes))
                .setInputType(InputType.recurrent(HieraTiny.DIM, HIERA_GRID * HIERA_GRID, RNNFormat.NWC));
        MultiLayerNetwork net = new MultiLayerNetwork(list.build());
        net.init();
        ForeignFile.within(source.file(), MATCHING, () -> {
            for (int i = HieraTiny.FIRST_BLOCK; i <= HieraTiny.LAST_BLOCK; i++) {
                WeightCopy.block(
                        HieraTiny.block(source, i), net.getLayer("block" + i).paramTable());
            }
            return net;
        });
        return finished(net, memory);
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
        VitFile file = ForeignFile.within(source.file(), MATCHING, () -> VitFile.of(source));
        VitEmbeddings e = ForeignFile.within(source.file(), MATCHING, file::embeddings);
        VitBlockWeights first = ForeignFile.within(source.file(), MATCHING, () -> file.block(0));
        boolean classToken = e.classToken() != null;
        MultiLayerNetwork net = fresh(
                VisionTransformer.builder()
                        .features((int) e.dim())
                        .heads((int) e.dim() / VitFile.HEAD)
                        .mlp((int) first.hidden())
                        .depth(file.depth())
                        .patch((int) e.patch())
                        .channels((int) e.patchW().size(1))
                        .height(imageSize)
                        .width(imageSize)
                        .classes(classes)
                        .pooling(classToken ? TokenPooling.Kind.CLASS_TOKEN : TokenPooling.Kind.MEAN)
                        .normEps(file.normEps()),
                memory,
                updater,
                seed);
        ForeignFile.within(source.file(), MATCHING, () -> {
            for (int i = 0; i < file.depth(); i++) {
                WeightCopy.block(
                        i == 0 ? first : file.block(i),
                        net.getLayer("block" + i).paramTable());
            }
            int grid = imageSize / (int) e.patch();
            Map<String, INDArray> embedding = net.getLayer("embedding").paramTable();
            WeightCopy.put(embedding, "patchW", WeightCopy.columns(e.patchW()));
            WeightCopy.put(embedding, "patchB", e.patchB());
            WeightCopy.put(embedding, "position", PositionEmbedding.resize(e.positions(), classToken, grid, grid));
            if (classToken) {
                WeightCopy.put(embedding, "classToken", e.classToken());
            }
            Map<String, INDArray> norm = net.getLayer("norm").paramTable();
            WeightCopy.put(norm, "normGamma", e.finalGamma());
            WeightCopy.put(norm, "normBeta", e.finalBeta());
            if (e.headW() != null && e.headW().size(1) == classes) {
                Map<String, INDArray> head = net.getLayer("output").paramTable();
                WeightCopy.put(head, "W", e.headW());
                WeightCopy.putVector(head, "b", e.headB());
            }
            return net;
        });
        return finished(net, memory);
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
        ForeignFile.within(source.file(), MATCHING, () -> {
            MiniLm.check(source);
            return null;
        });
        BertEmbeddings e = ForeignFile.within(source.file(), MATCHING, () -> MiniLm.embeddings(source));
        VitBlockWeights first = ForeignFile.within(source.file(), MATCHING, () -> MiniLm.block(source, 0));
        MultiLayerNetwork net = fresh(
                TextEncoder.builder()
                        .vocabulary((int) e.words().size(0))
                        .positions((int) e.positions().size(0))
                        .tokens(tokens)
                        .features((int) e.dim())
                        .depth(MiniLm.depth(source))
                        .heads((int) e.dim() / MiniLm.HEAD)
                        .mlp((int) first.hidden())
                        .classes(classes)
                        .normEps(MiniLm.EPS),
                memory,
                updater,
                seed);
        ForeignFile.within(source.file(), MATCHING, () -> {
            Map<String, INDArray> embedding = net.getLayer("embedding").paramTable();
            WeightCopy.put(embedding, "word", e.words());
            WeightCopy.put(embedding, "position", e.positions());
            WeightCopy.put(embedding, "type", e.tokenTypes().slice(0));
            Map<String, INDArray> norm = net.getLayer("norm").paramTable();
            WeightCopy.put(norm, "normGamma", e.gamma());
            WeightCopy.put(norm, "normBeta", e.beta());
            for (int i = 0; i < MiniLm.depth(source); i++) {
                WeightCopy.block(
                        i == 0 ? first : MiniLm.block(source, i),
                        net.getLayer("block" + i).paramTable());
            }
            return net;
        });
        return finished(net, memory);
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
        KerasResNet50.check(source);
        ComputationGraph net = model.init();
        return ForeignFile.within(source.file(), MATCHING, () -> filled(source, model, net));
    }

    private static ComputationGraph filled(TensorSource source, ResNet50 model, ComputationGraph net)
            throws IOException {
        for (String name : KerasResNet50.convolutions()) {
            Map<String, INDArray> convolution = net.getLayer(name).paramTable();
            WeightCopy.put(convolution, "W", KerasResNet50.kernel(source, name));
            WeightCopy.putVector(convolution, "b", KerasResNet50.bias(source, name));
            String of = KerasResNet50.norm(name);
            Map<String, INDArray> norm = net.getLayer(of).paramTable();
            WeightCopy.putVector(norm, "gamma", source.read(of + "/gamma"));
            WeightCopy.putVector(norm, "beta", source.read(of + "/beta"));
            WeightCopy.putVector(norm, "mean", source.read(of + "/moving_mean"));
            WeightCopy.putVector(norm, "var", source.read(of + "/moving_variance"));
        }
        if (model.getClasses() == KerasResNet50.CLASSES) {
            Map<String, INDArray> head = net.getLayer("output").paramTable();
            WeightCopy.put(head, "W", KerasResNet50.headW(source));
            WeightCopy.putVector(head, "b", KerasResNet50.headB(source));
        }
        return net;
    }

    /** A model with random weights, to be given the file's, as it is before a conversion. */
    private static MultiLayerNetwork fresh(
            TokenModel.TokenModelBuilder<?, ?> model, Memory memory, IUpdater updater, long seed) {
        return model.memory(plain(memory)).updater(updater).seed(seed).build().init();
    }

    /** What a network is built as before a conversion. */
    private static Memory plain(Memory memory) {
        return isConverted(memory) ? Memory.store() : memory;
    }

    private static MultiLayerNetwork finished(MultiLayerNetwork net, Memory memory) {
        return isConverted(memory) ? Lean.convert(net, memory).network() : net;
    }

    /** Whether more than single layers is concerned. */
    private static boolean isConverted(Memory memory) {
        return memory.sharesNorms()
                || memory.hasRules()
                || memory.kind() == Memory.Kind.CHECKPOINT
                || memory.kind() == Memory.Kind.REVERSIBLE;
    }
}
