package org.revlayers.internal.weights;

import java.util.ArrayList;
import java.util.List;
import org.revlayers.files.WeightsFileException;
import org.revlayers.weights.TensorSource;

/**
 * Tensor names of Hiera-Tiny, SAM2's image encoder, in its ORT file. It is a hierarchical ViT with 12 blocks; blocks 4 to
 * 9 are plain pre-LN ViT blocks (dim 384, 4 heads of 96, MLP 1536, erf-GELU, LayerNorm eps 1e-6) as soon as their 14 x 14
 * window holds the whole grid, which is so at 224 px. The stem and blocks 0 to 3 are
 * {@code HieraTinyFeatures}. The file's matrices are {@code [in, out]} already.
 */
public final class HieraTiny {

    /** LayerNorm's epsilon. */
    public static final double EPS = 1e-6;

    /** First of the plain blocks. */
    public static final int FIRST_BLOCK = 4;

    /** Last of the plain blocks. */
    public static final int LAST_BLOCK = 9;

    /** Features per token in blocks 4 to 9. */
    public static final int DIM = 384;

    /** Attention heads in blocks 4 to 9. */
    public static final int HEADS = 4;

    private static final String NAMED = "model.image_encoder.trunk.";
    private static final String LINEAR = "/image_encoder/trunk/";
    private static final int BLOCKS = 12;

    private HieraTiny() {}

    /** Whether the file's names look like these. */
    public static boolean matches(TensorSource source) {
        return source.names().contains(NAMED + "patch_embed.proj.weight");
    }

    /**
     * Checks that the file has the tensors of the stem and of blocks 0 to 9. What else an encoder file holds (last stage,
     * neck, constants of the graph) is not looked at.
     *
     * @throws WeightsFileException listing all missing names
     */
    public static void check(TensorSource source) throws WeightsFileException {
        List<String> required = new ArrayList<>(
                List.of(position(), stem("weight"), stem("bias"), weight(1, "proj"), weight(3, "proj")));
        for (int i = 0; i <= LAST_BLOCK; i++) {
            for (String linear : List.of("attn/qkv", "attn/proj", "mlp/layers.0", "mlp/layers.1")) {
                required.add(weight(i, linear));
                required.add(bias(i, linear));
            }
            for (String norm : NameMap.weightAndBias("norm1", "norm2")) {
                required.add(NAMED + "blocks." + i + "." + norm);
            }
        }
        NameMap.check(source, "Hiera-Tiny", required, n -> true);
    }

    /**
     * The parameters of a plain block.
     *
     * @param i {@link #FIRST_BLOCK} to {@link #LAST_BLOCK}
     */
    public static VitBlockWeights block(TensorSource source, int i) {
        if (i < FIRST_BLOCK || i > LAST_BLOCK) {
            throw new IllegalArgumentException("plain ViT blocks of Hiera-Tiny are " + FIRST_BLOCK + ".." + LAST_BLOCK
                    + ", asked for " + i + ": blocks 0..3 are in HieraTinyFeatures");
        }
        return new VitBlockWeights(
                source.read(norm(i, 1, "weight")),
                source.read(norm(i, 1, "bias")),
                source.read(weight(i, "attn/qkv")),
                source.read(bias(i, "attn/qkv")),
                source.read(weight(i, "attn/proj")),
                source.read(bias(i, "attn/proj")),
                source.read(norm(i, 2, "weight")),
                source.read(norm(i, 2, "bias")),
                source.read(weight(i, "mlp/layers.0")),
                source.read(bias(i, "mlp/layers.0")),
                source.read(weight(i, "mlp/layers.1")),
                source.read(bias(i, "mlp/layers.1")));
    }

    /** Name of the folded position embedding, {@code [1, 96, 256, 256]}. */
    public static String position() {
        return LINEAR + "Transpose_output_0";
    }

    /** Name of the patch convolution's {@code weight} ({@code [96, 3, 7, 7]}) or {@code bias}. */
    public static String stem(String kind) {
        return NAMED + "patch_embed.proj." + kind;
    }

    /** Name of a matrix {@code [in, out]}: {@code attn/qkv}, {@code attn/proj}, {@code mlp/layers.0}, {@code mlp/layers.1}; {@code proj} in blocks 1, 3, 10. */
    public static String weight(int block, String linear) {
        return LINEAR + "blocks." + checked(block) + "/" + linear + "/Transpose_output_0";
    }

    /** Name of a matrix's bias. */
    public static String bias(int block, String linear) {
        return NAMED + "blocks." + checked(block) + "." + linear.replace('/', '.') + ".bias";
    }

    /** Name of norm 1's or 2's {@code weight} or {@code bias}. */
    public static String norm(int block, int number, String kind) {
        return NAMED + "blocks." + checked(block) + ".norm" + number + "." + kind;
    }

    private static int checked(int block) {
        if (block < 0 || block >= BLOCKS) {
            throw new IllegalArgumentException("Hiera-Tiny has blocks 0.." + (BLOCKS - 1) + ", asked for " + block);
        }
        return block;
    }
}
