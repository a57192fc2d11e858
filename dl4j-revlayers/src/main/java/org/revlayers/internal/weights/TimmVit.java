package org.revlayers.internal.weights;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.files.WeightsFileException;
import org.revlayers.weights.TensorSource;

/**
 * timm's ViT tensor names ({@code blocks.0.attn.qkv.weight} and so on). Matrices are {@code [out, in]} and are turned
 * round. LayerNorm eps is 1e-6; heads are dim / 64. Models that average their tokens have no {@code cls_token} and name
 * their last norm {@code fc_norm}. Not supported: LayerScale, q/k norms, register tokens (they count as extra tensors).
 */
public final class TimmVit {

    private static final Pattern BLOCKS = Pattern.compile("blocks\\.(\\d+)\\.");
    private static final String[] BLOCK =
            NameMap.weightAndBias(".norm1", ".attn.qkv", ".attn.proj", ".norm2", ".mlp.fc1", ".mlp.fc2");

    private TimmVit() {}

    /** Whether the file's names look like these. */
    public static boolean matches(TensorSource source) {
        return source.names().contains("blocks.0.attn.qkv.weight")
                && source.names().contains("patch_embed.proj.weight");
    }

    /** Number of blocks. */
    public static int depth(TensorSource source) {
        return NameMap.depth(source, BLOCKS);
    }

    /**
     * Checks that the file has exactly the model's tensors.
     *
     * @throws WeightsFileException listing all missing and extra names
     */
    public static void check(TensorSource source) throws WeightsFileException {
        List<String> required = new ArrayList<>(NameMap.expand("blocks.", NameMap.checkedDepth(source, BLOCKS), BLOCK));
        required.add("pos_embed");
        required.addAll(List.of(NameMap.weightAndBias("patch_embed.proj", lastNorm(source))));
        if (source.names().contains("head.weight")) {
            required.addAll(List.of(NameMap.weightAndBias("head")));
        }
        NameMap.check(source, "a timm ViT with " + depth(source) + " blocks", required, n -> n.equals("cls_token"));
    }

    /** Block i, from 0. */
    public static VitBlockWeights block(TensorSource source, int i) {
        String p = "blocks." + i + ".";
        return VitBlockWeights.of(
                source,
                p + "norm1",
                NameMap.matrix(source, p + "attn.qkv"),
                source.read(p + "attn.qkv.bias"),
                p + "attn.proj",
                p + "norm2",
                p + "mlp.fc1",
                p + "mlp.fc2");
    }

    /** Everything beside the blocks. */
    public static VitEmbeddings embeddings(TensorSource source) {
        INDArray positions = source.read("pos_embed");
        INDArray token = source.names().contains("cls_token") ? source.read("cls_token") : null;
        boolean head = source.names().contains("head.weight");
        return new VitEmbeddings(
                source.read("patch_embed.proj.weight"),
                source.read("patch_embed.proj.bias"),
                token == null ? null : token.reshape(token.length()),
                positions.reshape(positions.size(-2), positions.size(-1)),
                source.read(lastNorm(source) + ".weight"),
                source.read(lastNorm(source) + ".bias"),
                head ? NameMap.matrix(source, "head") : null,
                head ? source.read("head.bias") : null);
    }

    private static String lastNorm(TensorSource source) {
        return source.names().contains("fc_norm.weight") ? "fc_norm" : "norm";
    }
}
