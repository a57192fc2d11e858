package org.revlayers.internal.weights;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.files.WeightsFileException;
import org.revlayers.weights.TensorSource;

/**
 * Hugging Face ViT and DeiT tensor names ({@code vit.encoder.layer.0.attention.attention.query.weight} and so on, with or
 * without the {@code vit.} or {@code deit.} in front). Their matrices are {@code [out, in]} and are turned round. LayerNorm
 * eps is 1e-12 in these models' configs; heads are dim / 64. A pooler is ignored.
 */
public final class HuggingFaceVit {

    private static final Pattern LAYER = Pattern.compile("(?:\\w+\\.)?encoder\\.layer\\.(\\d+)\\.");
    private static final String[] BLOCK = NameMap.weightAndBias(
            ".attention.attention.query",
            ".attention.attention.key",
            ".attention.attention.value",
            ".attention.output.dense",
            ".intermediate.dense",
            ".output.dense",
            ".layernorm_before",
            ".layernorm_after");

    private HuggingFaceVit() {}

    /** Whether the file's names look like these. */
    public static boolean matches(TensorSource source) {
        return source.names().stream().anyMatch(n -> n.endsWith("encoder.layer.0.attention.attention.query.weight"));
    }

    /** Number of blocks. */
    public static int depth(TensorSource source) {
        return NameMap.depth(source, LAYER);
    }

    /**
     * Checks that the file has exactly the model's tensors.
     *
     * @throws WeightsFileException listing all missing and extra names
     */
    public static void check(TensorSource source) throws WeightsFileException {
        String p = prefix(source);
        List<String> required =
                new ArrayList<>(NameMap.expand(p + "encoder.layer.", NameMap.checkedDepth(source, LAYER), BLOCK));
        required.add(p + "embeddings.cls_token");
        required.add(p + "embeddings.position_embeddings");
        required.addAll(List.of(NameMap.weightAndBias(p + "embeddings.patch_embeddings.projection", p + "layernorm")));
        if (source.names().stream().anyMatch(n -> n.startsWith("classifier."))) {
            required.addAll(List.of(NameMap.weightAndBias("classifier")));
        }
        NameMap.check(
                source,
                "a Hugging Face ViT with " + depth(source) + " blocks",
                required,
                n -> n.startsWith(p + "pooler.") || n.equals(p + "embeddings.mask_token"));
    }

    /** Block i, from 0. */
    public static VitBlockWeights block(TensorSource source, int i) {
        String p = prefix(source) + "encoder.layer." + i + ".";
        String a = p + "attention.attention.";
        return VitBlockWeights.of(
                source,
                p + "layernorm_before",
                NameMap.joined(
                        NameMap.matrix(source, a + "query"),
                        NameMap.matrix(source, a + "key"),
                        NameMap.matrix(source, a + "value")),
                NameMap.joined(
                        source.read(a + "query.bias"), source.read(a + "key.bias"), source.read(a + "value.bias")),
                p + "attention.output.dense",
                p + "layernorm_after",
                p + "intermediate.dense",
                p + "output.dense");
    }

    /** Everything beside the blocks. */
    public static VitEmbeddings embeddings(TensorSource source) {
        String p = prefix(source);
        INDArray positions = source.read(p + "embeddings.position_embeddings");
        INDArray token = source.read(p + "embeddings.cls_token");
        boolean head = source.names().contains("classifier.weight");
        return new VitEmbeddings(
                source.read(p + "embeddings.patch_embeddings.projection.weight"),
                source.read(p + "embeddings.patch_embeddings.projection.bias"),
                token.reshape(token.length()),
                positions.reshape(positions.size(-2), positions.size(-1)),
                source.read(p + "layernorm.weight"),
                source.read(p + "layernorm.bias"),
                head ? NameMap.matrix(source, "classifier") : null,
                head ? source.read("classifier.bias") : null);
    }

    private static String prefix(TensorSource source) {
        return NameMap.prefix(source, "embeddings.patch_embeddings.projection.weight", "vit.", "deit.", "");
    }
}
