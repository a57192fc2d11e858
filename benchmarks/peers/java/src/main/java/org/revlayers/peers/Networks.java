package org.revlayers.peers;

import static org.bytedeco.pytorch.global.torch.batch_norm;
import static org.bytedeco.pytorch.global.torch.cat;
import static org.bytedeco.pytorch.global.torch.conv2d;
import static org.bytedeco.pytorch.global.torch.embedding;
import static org.bytedeco.pytorch.global.torch.gelu;
import static org.bytedeco.pytorch.global.torch.layer_norm;
import static org.bytedeco.pytorch.global.torch.linear;
import static org.bytedeco.pytorch.global.torch.matmul;
import static org.bytedeco.pytorch.global.torch.max_pool2d;
import static org.bytedeco.pytorch.global.torch.ones;
import static org.bytedeco.pytorch.global.torch.randn;
import static org.bytedeco.pytorch.global.torch.relu_;
import static org.bytedeco.pytorch.global.torch.scaled_dot_product_attention;
import static org.bytedeco.pytorch.global.torch.softmax;
import static org.bytedeco.pytorch.global.torch.zeros;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;

/** The models of {@code bench} as functions, as in {@code models.py}; their parameters are made on the way. */
final class Networks {

    private static final int PATCH = 16;

    private final boolean fused;
    final List<Tensor> parameters = new ArrayList<>();

    /** @param fused attention by scaled_dot_product_attention */
    Networks(boolean fused) {
        this.fused = fused;
    }

    private Tensor parameter(Tensor value) {
        value.set_requires_grad(true);
        parameters.add(value);
        return value;
    }

    private Tensor random(double scale, long... shape) {
        return parameter(randn(shape).mul(new Scalar(scale)));
    }

    private UnaryOperator<Tensor> dense(long in, long out) {
        Tensor w = random(1 / Math.sqrt(in), out, in);
        Tensor b = parameter(zeros(out));
        return x -> linear(x, w, b);
    }

    private UnaryOperator<Tensor> norm(long width, double eps) {
        TensorOptional gamma = new TensorOptional(parameter(ones(width)));
        TensorOptional beta = new TensorOptional(parameter(zeros(width)));
        return x -> layer_norm(x, new long[] {width}, gamma, beta, eps, false);
    }

    private UnaryOperator<Tensor> attention(long width, long heads) {
        UnaryOperator<Tensor> qkv = dense(width, 3 * width);
        UnaryOperator<Tensor> out = dense(width, width);
        double scale = Math.sqrt((double) heads / width);
        return x -> {
            long b = x.size(0);
            long t = x.size(1);
            Tensor all = qkv.apply(x).view(b, t, 3, heads, width / heads).permute(2, 0, 3, 1, 4);
            Tensor q = all.select(0, 0);
            Tensor k = all.select(0, 1);
            Tensor v = all.select(0, 2);
            Tensor a = fused
                    ? scaled_dot_product_attention(q, k, v)
                    : matmul(softmax(matmul(q, k.transpose(-2, -1)).mul(new Scalar(scale)), -1), v);
            return out.apply(a.transpose(1, 2).reshape(b, t, width));
        };
    }

    private UnaryOperator<Tensor> mlp(long width, long hidden) {
        UnaryOperator<Tensor> up = dense(width, hidden);
        UnaryOperator<Tensor> down = dense(hidden, width);
        return x -> down.apply(gelu(up.apply(x)));
    }

    private UnaryOperator<Tensor> block(long width, long heads, boolean post, double eps) {
        UnaryOperator<Tensor> norm1 = norm(width, eps);
        UnaryOperator<Tensor> norm2 = norm(width, eps);
        UnaryOperator<Tensor> attention = attention(width, heads);
        UnaryOperator<Tensor> mlp = mlp(width, 4 * width);
        return x -> {
            if (post) {
                Tensor a = norm1.apply(x.add(attention.apply(x)));
                return norm2.apply(a.add(mlp.apply(a)));
            }
            Tensor s = x.add(attention.apply(norm1.apply(x)));
            return s.add(mlp.apply(norm2.apply(s)));
        };
    }

    private UnaryOperator<Tensor> blocks(long width, long heads, int depth, boolean post, double eps) {
        List<UnaryOperator<Tensor>> blocks = new ArrayList<>();
        for (int i = 0; i < depth; i++) {
            blocks.add(block(width, heads, post, eps));
        }
        return row(blocks);
    }

    /** One behind the other. */
    private static UnaryOperator<Tensor> row(List<UnaryOperator<Tensor>> blocks) {
        return x -> {
            Tensor y = x;
            for (UnaryOperator<Tensor> block : blocks) {
                y = block.apply(y);
            }
            return y;
        };
    }

    UnaryOperator<Tensor> vit(long width, long heads, int depth, long image) {
        Tensor w = random(0.02, width, 3, PATCH, PATCH);
        TensorOptional b = new TensorOptional(parameter(zeros(width)));
        Tensor token = random(0.02, 1, 1, width);
        Tensor places = random(0.02, 1, image / PATCH * (image / PATCH) + 1, width);
        UnaryOperator<Tensor> blocks = blocks(width, heads, depth, false, 1e-6);
        UnaryOperator<Tensor> norm = norm(width, 1e-6);
        UnaryOperator<Tensor> head = dense(width, 1000);
        return x -> {
            Tensor patches = conv2d(x, w, b, new long[] {PATCH, PATCH}, new long[] {0, 0}, new long[] {1, 1}, 1)
                    .flatten(2, 3)
                    .transpose(1, 2);
            Tensor tokens = cat(new TensorVector(token.expand(x.size(0), 1, width), patches), 1).add(places);
            return head.apply(norm.apply(blocks.apply(tokens).select(1, 0)));
        };
    }

    UnaryOperator<Tensor> miniLm(int depth) {
        long width = 384;
        Tensor words = random(0.02, 30522, width);
        Tensor places = random(0.02, 512, width);
        UnaryOperator<Tensor> norm = norm(width, 1e-12);
        UnaryOperator<Tensor> blocks = blocks(width, 12, depth, true, 1e-12);
        UnaryOperator<Tensor> head = dense(width, 8);
        return ids -> {
            Tensor x = norm.apply(embedding(words, ids).add(places.narrow(0, 0, ids.size(1))));
            return head.apply(blocks.apply(x).mean(1));
        };
    }

    private UnaryOperator<Tensor> convolution(long in, long out, long kernel, long stride) {
        Tensor w = random(Math.sqrt(2.0 / (in * kernel * kernel)), out, in, kernel, kernel);
        TensorOptional b = new TensorOptional(parameter(zeros(out)));
        TensorOptional gamma = new TensorOptional(parameter(ones(out)));
        TensorOptional beta = new TensorOptional(parameter(zeros(out)));
        Tensor mean = zeros(out);
        Tensor variance = ones(out);
        long pad = kernel / 2;
        return x -> batch_norm(
                conv2d(x, w, b, new long[] {stride, stride}, new long[] {pad, pad}, new long[] {1, 1}, 1),
                gamma,
                beta,
                new TensorOptional(mean),
                new TensorOptional(variance),
                true,
                0.1,
                1e-5,
                false);
    }

    /** As in Keras's ResNet-50, and ours: stride in the first convolution, and biases. */
    private UnaryOperator<Tensor> bottleneck(long in, long inner, long stride) {
        UnaryOperator<Tensor> first = convolution(in, inner, 1, stride);
        UnaryOperator<Tensor> second = convolution(inner, inner, 3, 1);
        UnaryOperator<Tensor> third = convolution(inner, 4 * inner, 1, 1);
        UnaryOperator<Tensor> shortcut =
                in == 4 * inner && stride == 1 ? x -> x : convolution(in, 4 * inner, 1, stride);
        return x -> relu_(third.apply(relu_(second.apply(relu_(first.apply(x))))).add(shortcut.apply(x)));
    }

    UnaryOperator<Tensor> resNet50() {
        UnaryOperator<Tensor> stem = convolution(3, 64, 7, 2);
        List<UnaryOperator<Tensor>> blocks = new ArrayList<>();
        int[] counts = {3, 4, 6, 3};
        long width = 64;
        for (int stage = 0; stage < counts.length; stage++) {
            for (int i = 0; i < counts[stage]; i++) {
                blocks.add(bottleneck(width, 64L << stage, stage > 0 && i == 0 ? 2 : 1));
                width = 256L << stage;
            }
        }
        UnaryOperator<Tensor> stages = row(blocks);
        UnaryOperator<Tensor> head = dense(width, 1000);
        return x -> {
            Tensor y = max_pool2d(
                    relu_(stem.apply(x)), new long[] {3, 3}, new long[] {2, 2}, new long[] {1, 1}, new long[] {1, 1}, false);
            return head.apply(stages.apply(y).mean(2, 3));
        };
    }
}
