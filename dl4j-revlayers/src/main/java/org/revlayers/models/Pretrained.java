package org.revlayers.models;

import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.lossfunctions.LossFunctions;
import org.revlayers.convert.MsConversion;
import org.revlayers.kernel.Norm;
import org.revlayers.layers.LayerNormalization;
import org.revlayers.layers.Method;
import org.revlayers.layers.TokenPooling;
import org.revlayers.layers.TransformerBlock;
import org.revlayers.weights.BertEmbeddings;
import org.revlayers.weights.HieraTiny;
import org.revlayers.weights.HuggingFaceVit;
import org.revlayers.weights.KerasResNet50;
import org.revlayers.weights.MiniLm;
import org.revlayers.weights.TensorSource;
import org.revlayers.weights.TimmVit;
import org.revlayers.weights.VitBlockWeights;
import org.revlayers.weights.VitEmbeddings;

/**
 * Networks with weights from files, ready for fine-tuning. For one seed every {@link Method} starts as the same function, head included:
 * the plain network is built first and, for {@link Method#APPROX}, converted ({@link MsConversion}). All are FLOAT.
 *
 * <pre>{@code
 * try (TensorSource source = TensorSource.open(Path.of("vit.safetensors"))) {
 *     MultiLayerNetwork net = Pretrained.vit(source, 10, 224, Method.APPROX, new Adam(1e-4), 1);
 * }
 * }</pre>
 */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
public final class Pretrained {

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
            TensorSource source, int classes, Method method, IUpdater updater, long seed) throws IOException {
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
                    .method(plain(method))
                    .build());
        }
        list.layer(new TokenPooling.Builder(TokenPooling.Kind.MEAN)
                        .name("pooling")
                        .build())
                .layer(new LayerNormalization.Builder()
                        .eps(HieraTiny.EPS)
                        .name("norm")
                        .build())
                .layer(new OutputLayer.Builder(LossFunctions.LossFunction.MCXENT)
                        .name("output")
                        .nOut(classes)
                        .activation(Activation.SOFTMAX)
                        .build())
                .setInputType(InputType.recurrent(HieraTiny.DIM, HIERA_GRID * HIERA_GRID, RNNFormat.NWC));
        MultiLayerNetwork net = new MultiLayerNetwork(list.build());
        net.init();
        for (int i = HieraTiny.FIRST_BLOCK; i <= HieraTiny.LAST_BLOCK; i++) {
            copy(HieraTiny.block(source, i), net.getLayer("block" + i).paramTable());
        }
        return finished(net, method);
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
            TensorSource source, int classes, int imageSize, Method method, IUpdater updater, long seed)
            throws IOException {
        boolean timm = TimmVit.matches(source);
        if (timm) {
            TimmVit.check(source);
        } else {
            HuggingFaceVit.check(source);
        }
        VitEmbeddings e = timm ? TimmVit.embeddings(source) : HuggingFaceVit.embeddings(source);
        VitBlockWeights first = block(source, timm, 0);
        if (timm && e.classToken() != null && source.names().contains("fc_norm.weight")) {
            throw new IllegalArgumentException(
                    source.file() + " averages its tokens behind a class token (cls_token with"
                            + " fc_norm), which VisionTransformer does not: use a model with one or the other");
        }
        if (e.dim() % 64 != 0) {
            throw new IllegalArgumentException(
                    source.file() + " must have a multiple of 64 features, as its heads have 64; it has " + e.dim());
        }
        int depth = timm ? TimmVit.depth(source) : HuggingFaceVit.depth(source);
        boolean classToken = e.classToken() != null;
        MultiLayerNetwork net = VisionTransformer.builder()
                .features((int) e.dim())
                .heads((int) e.dim() / 64)
                .mlp((int) first.hidden())
                .depth(depth)
                .patch((int) e.patch())
                .channels((int) e.patchW().size(1))
                .height(imageSize)
                .width(imageSize)
                .classes(classes)
                .pooling(classToken ? TokenPooling.Kind.CLASS_TOKEN : TokenPooling.Kind.MEAN)
                .normEps(timm ? 1e-6 : 1e-12)
                .method(plain(method))
                .updater(updater)
                .seed(seed)
                .build()
                .init();
        for (int i = 0; i < depth; i++) {
            copy(
                    i == 0 ? first : block(source, timm, i),
                    net.getLayer("block" + i).paramTable());
        }
        int grid = imageSize / (int) e.patch();
        Map<String, INDArray> embedding = net.getLayer("embedding").paramTable();
        put(embedding, "patchW", columns(e.patchW()));
        put(embedding, "patchB", e.patchB());
        put(embedding, "position", PositionEmbedding.resize(e.positions(), classToken, grid, grid));
        if (classToken) {
            put(embedding, "classToken", e.classToken());
        }
        Map<String, INDArray> norm = net.getLayer("norm").paramTable();
        put(norm, "normGamma", e.finalGamma());
        put(norm, "normBeta", e.finalBeta());
        if (e.headW() != null && e.headW().size(1) == classes) {
            Map<String, INDArray> head = net.getLayer("output").paramTable();
            put(head, "W", e.headW());
            putVector(head, "b", e.headB());
        }
        return finished(net, method);
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
            TensorSource source, int tokens, int classes, Method method, IUpdater updater, long seed)
            throws IOException {
        MiniLm.check(source);
        BertEmbeddings e = MiniLm.embeddings(source);
        VitBlockWeights first = MiniLm.block(source, 0);
        MultiLayerNetwork net = TextEncoder.builder()
                .vocabulary((int) e.words().size(0))
                .positions((int) e.positions().size(0))
                .tokens(tokens)
                .features((int) e.dim())
                .depth(MiniLm.depth(source))
                .heads((int) e.dim() / MiniLm.HEAD)
                .mlp((int) first.hidden())
                .classes(classes)
                .normEps(MiniLm.EPS)
                .method(plain(method))
                .updater(updater)
                .seed(seed)
                .build()
                .init();
        Map<String, INDArray> embedding = net.getLayer("embedding").paramTable();
        put(embedding, "word", e.words());
        put(embedding, "position", e.positions());
        put(embedding, "type", e.tokenTypes().slice(0));
        Map<String, INDArray> norm = net.getLayer("norm").paramTable();
        put(norm, "normGamma", e.gamma());
        put(norm, "normBeta", e.beta());
        for (int i = 0; i < MiniLm.depth(source); i++) {
            copy(
                    i == 0 ? first : MiniLm.block(source, i),
                    net.getLayer("block" + i).paramTable());
        }
        return finished(net, method);
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
        KerasResNet50.check(source);
        ComputationGraph net = ResNet50.builder()
                .classes(classes)
                .updater(updater)
                .seed(seed)
                .build()
                .init();
        for (String name : KerasResNet50.convolutions()) {
            Map<String, INDArray> convolution = net.getLayer(name).paramTable();
            put(convolution, "W", KerasResNet50.kernel(source, name));
            putVector(convolution, "b", KerasResNet50.bias(source, name));
            String of = KerasResNet50.norm(name);
            Map<String, INDArray> norm = net.getLayer(of).paramTable();
            putVector(norm, "gamma", source.read(of + "/gamma"));
            putVector(norm, "beta", source.read(of + "/beta"));
            putVector(norm, "mean", source.read(of + "/moving_mean"));
            putVector(norm, "var", source.read(of + "/moving_variance"));
        }
        if (classes == KerasResNet50.CLASSES) {
            Map<String, INDArray> head = net.getLayer("output").paramTable();
            put(head, "W", KerasResNet50.headW(source));
            putVector(head, "b", KerasResNet50.headB(source));
        }
        return net;
    }

    private static VitBlockWeights block(TensorSource source, boolean timm, int i) {
        return timm ? TimmVit.block(source, i) : HuggingFaceVit.block(source, i);
    }

    /** {@code [features, channels, patch, patch]} to {@code [channels·patch·patch, features]}. */
    @SuppressWarnings("try") // the scope is used by being open
    private static INDArray columns(INDArray kernel) {
        try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            return kernel.reshape('c', kernel.size(0), kernel.length() / kernel.size(0))
                    .transpose();
        }
    }

    /**
     * Copies a block's weights into the parameters of a plain {@link TransformerBlock} (pre-LN or post-LN).
     *
     * @param params {@code layer.paramTable()}
     */
    public static void copy(VitBlockWeights weights, Map<String, INDArray> params) {
        if (!params.containsKey("norm1Gamma") || !params.containsKey("norm2Gamma")) {
            throw new IllegalArgumentException(
                    "a block takes a file's weights while its norms have gamma and beta; got " + params.keySet()
                            + ": copy into a block of Method.PLAIN, then MsConversion.toMemorySharing");
        }
        put(params, "norm1Gamma", weights.norm1Gamma());
        put(params, "norm1Beta", weights.norm1Beta());
        put(params, "qkvW", weights.qkvW());
        put(params, "qkvB", weights.qkvB());
        put(params, "projW", weights.projW());
        put(params, "projB", weights.projB());
        put(params, "norm2Gamma", weights.norm2Gamma());
        put(params, "norm2Beta", weights.norm2Beta());
        put(params, "fc1W", weights.fc1W());
        put(params, "fc1B", weights.fc1B());
        put(params, "fc2W", weights.fc2W());
        put(params, "fc2B", weights.fc2B());
    }

    /** A vector, which DL4J's layers have in one or two dimensions. */
    private static void putVector(Map<String, INDArray> params, String name, INDArray value) {
        INDArray to = params.get(name);
        put(params, name, to.length() == value.length() ? value.reshape(to.shape()) : value);
    }

    private static void put(Map<String, INDArray> params, String name, INDArray value) {
        INDArray to = params.get(name);
        if (!Arrays.equals(to.shape(), value.shape())) {
            throw new IllegalArgumentException("parameter " + name + " must have the shape of the file's; it has "
                    + Arrays.toString(to.shape()) + ", the file " + Arrays.toString(value.shape())
                    + ": build the layer for this file");
        }
        to.assign(value);
    }

    /** What a network is built as before a conversion. */
    private static Method plain(Method method) {
        return method == Method.APPROX ? Method.PLAIN : method;
    }

    private static MultiLayerNetwork finished(MultiLayerNetwork net, Method method) {
        return method == Method.APPROX ? MsConversion.toMemorySharing(net, MsConversion.Options.approx()) : net;
    }
}
