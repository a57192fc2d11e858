package org.revlayers.internal.weights;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.files.WeightsFileException;
import org.revlayers.weights.TensorSource;

/**
 * BERT-family sentence encoders (all-MiniLM-L6-v2, bge-small, e5-small): post-LN blocks, erf-GELU, LayerNorm eps 1e-12,
 * heads of 32 features. Two sources are understood:
 *
 * <ul>
 *   <li>Hugging Face names ({@code encoder.layer.0.attention.self.query.weight}, also behind {@code bert.}), matrices
 *       {@code [out, in]}, turned round here;
 *   <li>ONNX exports, whose matrices lost their names ({@code onnx::MatMul_787}) and are {@code [in, out]} already: in
 *       ascending order every block has six, q, k, v, attention output, MLP in, MLP out.
 * </ul>
 *
 * <p>In {@link VitBlockWeights} norm1 is the norm after attention and norm2 the one after the MLP. A pooler and the list of
 * positions are ignored.
 */
public final class MiniLm {

    /** LayerNorm's epsilon. */
    public static final double EPS = 1e-12;

    /** Features per head. */
    public static final int HEAD = 32;

    private static final String ANONYMOUS = "onnx::MatMul_";
    private static final Pattern LAYER = Pattern.compile("(?:bert\\.)?encoder\\.layer\\.(\\d+)\\.");
    private static final String[] MATRICES = {
        ".attention.self.query", ".attention.self.key", ".attention.self.value",
        ".attention.output.dense", ".intermediate.dense", ".output.dense"
    };
    private static final String[] NORMS = NameMap.weightAndBias(".attention.output.LayerNorm", ".output.LayerNorm");

    private MiniLm() {}

    /** Whether the file's names look like these. */
    public static boolean matches(TensorSource source) {
        return source.names().stream().anyMatch(n -> n.endsWith("encoder.layer.0.attention.self.query.bias"));
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
        int depth = NameMap.checkedDepth(source, LAYER);
        List<String> required = new ArrayList<>(NameMap.expand(p + "encoder.layer.", depth, NORMS));
        List<String> anonymous = anonymous(source);
        for (String m : MATRICES) {
            required.addAll(NameMap.expand(p + "encoder.layer.", depth, m + ".bias"));
            if (anonymous.isEmpty()) {
                required.addAll(NameMap.expand(p + "encoder.layer.", depth, m + ".weight"));
            }
        }
        for (int i = 0; !anonymous.isEmpty() && i < Math.max(6 * depth, anonymous.size()); i++) {
            if (i >= anonymous.size()) {
                required.add(ANONYMOUS + "(number " + (i + 1) + " of " + 6 * depth + ")");
            } else if (i < 6 * depth) {
                required.add(anonymous.get(i));
            }
        }
        String e = p + "embeddings.";
        required.addAll(List.of(NameMap.weightAndBias(e + "LayerNorm")));
        for (String kind : List.of("word", "position", "token_type")) {
            required.add(e + kind + "_embeddings.weight");
        }
        NameMap.check(
                source,
                "a BERT encoder with " + depth + " blocks",
                required,
                n -> n.equals(e + "position_ids") || n.startsWith(p + "pooler."));
    }

    /** Block i, from 0. */
    public static VitBlockWeights block(TensorSource source, int i) {
        String p = prefix(source) + "encoder.layer." + i;
        List<String> anonymous = anonymous(source);
        INDArray[] w = new INDArray[6];
        INDArray[] b = new INDArray[6];
        for (int j = 0; j < 6; j++) {
            b[j] = source.read(p + MATRICES[j] + ".bias");
            w[j] = anonymous.isEmpty()
                    ? NameMap.turned(source.read(p + MATRICES[j] + ".weight"))
                    : source.read(anonymous.get(6 * i + j));
        }
        return new VitBlockWeights(
                source.read(p + ".attention.output.LayerNorm.weight"),
                source.read(p + ".attention.output.LayerNorm.bias"),
                NameMap.joined(w[0], w[1], w[2]),
                NameMap.joined(b[0], b[1], b[2]),
                w[3],
                b[3],
                source.read(p + ".output.LayerNorm.weight"),
                source.read(p + ".output.LayerNorm.bias"),
                w[4],
                b[4],
                w[5],
                b[5]);
    }

    /** The embedding layer. */
    public static BertEmbeddings embeddings(TensorSource source) {
        String e = prefix(source) + "embeddings.";
        return new BertEmbeddings(
                source.read(e + "word_embeddings.weight"),
                source.read(e + "position_embeddings.weight"),
                source.read(e + "token_type_embeddings.weight"),
                source.read(e + "LayerNorm.weight"),
                source.read(e + "LayerNorm.bias"));
    }

    private static String prefix(TensorSource source) {
        return NameMap.prefix(source, "embeddings.word_embeddings.weight", "", "bert.");
    }

    private static List<String> anonymous(TensorSource source) {
        return source.names().stream()
                .filter(n -> n.startsWith(ANONYMOUS)
                        && n.substring(ANONYMOUS.length()).matches("[0-9]{1,9}"))
                .sorted(Comparator.comparingInt(n -> Integer.parseInt(n.substring(ANONYMOUS.length()))))
                .toList();
    }
}
