package org.revlayers.models;

import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Erf;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.weights.HieraTiny;
import org.revlayers.weights.TensorSource;

/**
 * One of Hiera's windowed blocks, forward only:
 *
 * <pre>
 * n = LN1(x)                 shortcut = pool ? maxpool2(n Wp + bp) : x
 * y = shortcut + attention(n) Wo + bo          (queries pooled too)
 * out = y + W2 gelu(W1 LN2(y) + b1) + b2       (erf-GELU)
 * </pre>
 */
final class HieraBlock {

    private final int window;
    private final int heads;
    private final int dimIn;
    private final int dim;
    private final float[] norm1Gamma;
    private final float[] norm1Beta;
    private final float[] norm2Gamma;
    private final float[] norm2Beta;
    private final INDArray shortcutW;
    private final float[] shortcutB;
    private final INDArray qkvW;
    private final float[] qkvB;
    private final INDArray projW;
    private final float[] projB;
    private final INDArray fc1W;
    private final float[] fc1B;
    private final INDArray fc2W;
    private final float[] fc2B;

    HieraBlock(TensorSource source, int block, int window, int heads, boolean pool) {
        this.window = window;
        this.heads = heads;
        norm1Gamma = HostArrays.floats(source.read(HieraTiny.norm(block, 1, "weight")));
        norm1Beta = HostArrays.floats(source.read(HieraTiny.norm(block, 1, "bias")));
        norm2Gamma = HostArrays.floats(source.read(HieraTiny.norm(block, 2, "weight")));
        norm2Beta = HostArrays.floats(source.read(HieraTiny.norm(block, 2, "bias")));
        shortcutW = pool ? source.read(HieraTiny.weight(block, "proj")) : null;
        shortcutB = pool ? HostArrays.floats(source.read(HieraTiny.bias(block, "proj"))) : null;
        qkvW = source.read(HieraTiny.weight(block, "attn/qkv"));
        qkvB = HostArrays.floats(source.read(HieraTiny.bias(block, "attn/qkv")));
        projW = source.read(HieraTiny.weight(block, "attn/proj"));
        projB = HostArrays.floats(source.read(HieraTiny.bias(block, "attn/proj")));
        fc1W = source.read(HieraTiny.weight(block, "mlp/layers.0"));
        fc1B = HostArrays.floats(source.read(HieraTiny.bias(block, "mlp/layers.0")));
        fc2W = source.read(HieraTiny.weight(block, "mlp/layers.1"));
        fc2B = HostArrays.floats(source.read(HieraTiny.bias(block, "mlp/layers.1")));
        dimIn = norm1Gamma.length;
        dim = norm2Gamma.length;
    }

    /** Whether the grid is halved. */
    boolean pools() {
        return shortcutW != null;
    }

    /** {@code [images, grid², dimIn]} to {@code [images, grid'², dim]}. */
    float[] forward(float[] x, int grid) {
        float[] normed = layerNorm(x, dimIn, norm1Gamma, norm1Beta);
        float[] y = pools() ? maxPool(HostArrays.linear(normed, shortcutW, shortcutB), grid, dim) : x;
        float[] qkv = HostArrays.linear(normed, qkvW, qkvB);
        float[] mixed = WindowAttention.forward(qkv, grid, window, dim, heads, pools());
        y = sum(y, HostArrays.linear(mixed, projW, projB));
        float[] hidden = HostArrays.linear(layerNorm(y, dim, norm2Gamma, norm2Beta), fc1W, fc1B);
        return sum(y, HostArrays.linear(gelu(hidden), fc2W, fc2B));
    }

    static float[] layerNorm(float[] x, int dim, float[] gamma, float[] beta) {
        float[] out = new float[x.length];
        IntStream.range(0, x.length / dim).parallel().forEach(r -> {
            int at = r * dim;
            double mean = 0;
            for (int i = 0; i < dim; i++) {
                mean += x[at + i];
            }
            mean /= dim;
            double squares = 0;
            for (int i = 0; i < dim; i++) {
                squares += (x[at + i] - mean) * (x[at + i] - mean);
            }
            float m = (float) mean;
            float scale = (float) (1 / Math.sqrt(squares / dim + HieraTiny.EPS));
            for (int i = 0; i < dim; i++) {
                out[at + i] = (x[at + i] - m) * scale * gamma[i] + beta[i];
            }
        });
        return out;
    }

    /** Maximum over 2 x 2 cells of {@code [images, grid², dim]}. */
    static float[] maxPool(float[] x, int grid, int dim) {
        int half = grid / 2;
        float[] out = new float[x.length / 4];
        for (int cell = 0; cell < out.length / dim; cell++) {
            int image = cell / (half * half);
            int y = cell / half % half * 2;
            int from = ((image * grid + y) * grid + cell % half * 2) * dim;
            int below = from + grid * dim;
            for (int d = 0; d < dim; d++) {
                out[cell * dim + d] =
                        Math.max(Math.max(x[from + d], x[from + dim + d]), Math.max(x[below + d], x[below + dim + d]));
            }
        }
        return out;
    }

    private static float[] gelu(float[] x) {
        INDArray e = Nd4j.createFromArray(x).muli(Math.sqrt(0.5));
        Nd4j.exec(new Erf(e, e));
        float[] erf = HostArrays.floats(e);
        for (int i = 0; i < x.length; i++) {
            x[i] = 0.5f * x[i] * (1 + erf[i]);
        }
        return x;
    }

    private static float[] sum(float[] a, float[] b) {
        for (int i = 0; i < b.length; i++) {
            b[i] += a[i];
        }
        return b;
    }
}
