package org.revlayers.benchmarks;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.CustomOp;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.api.ops.Op;
import org.nd4j.linalg.api.ops.impl.transforms.strict.GELU;
import org.nd4j.linalg.api.ops.impl.transforms.strict.PreciseGELU;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Swish;
import org.nd4j.linalg.api.ops.random.impl.DropOutInverted;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.function.Curve;
import org.revlayers.function.Norm;
import org.revlayers.internal.kernel.KernelChoice;
import org.revlayers.internal.kernel.NativeRuntime;
import org.revlayers.internal.kernel.activation.ActivationForward;
import org.revlayers.internal.kernel.attention.AttentionBackward;
import org.revlayers.internal.kernel.attention.AttentionForward;
import org.revlayers.internal.kernel.attention.AttentionShape;
import org.revlayers.internal.kernel.attention.HeadView;
import org.revlayers.internal.kernel.device.Device;
import org.revlayers.internal.kernel.device.Devices;
import org.revlayers.internal.kernel.norm.NormBackward;
import org.revlayers.internal.kernel.norm.NormForward;
import org.revlayers.internal.kernel.norm.NormInput;
import org.revlayers.internal.kernel.stream.Coupling;
import org.revlayers.internal.kernel.stream.InputRestore;
import org.revlayers.internal.kernel.stream.PreviousRestore;
import org.revlayers.internal.kernel.stream.StreamKernels;
import org.revlayers.internal.kernel.stream.StreamSum;

/**
 * Every kernel on arrays of {@code images · 197 · 3072} floats, the hidden activations of ViT-B/16. Norms read them as rows of 768, softmax as
 * rows of 197. All cases share a few arrays, none of which is both read and written by a case, but for those that work in place.
 */
final class KernelCases {

    private static final int TOKENS = 197;
    private static final int HIDDEN = 3072;
    private static final int WIDTH = 768;
    private static final int HEADS = 12;
    private static final double FASTER = 5;
    private static final int BITS = 20;

    private final KernelSet kernels;
    private final List<KernelCase> cases = new ArrayList<>();
    private final long length;
    private final INDArray x;
    private final INDArray dy;
    private final INDArray out;
    private final INDArray second;
    private final INDArray code;
    private final INDArray mask;

    /** The cases of {@code kernels} for so many images. */
    static List<KernelCase> of(KernelSet kernels, int images) {
        KernelCases all = new KernelCases(kernels, images);
        all.copies();
        for (Curve curve : Curve.values()) {
            all.curves(curve);
        }
        all.masks();
        for (Norm kind : Norm.values()) {
            all.norms(kind);
        }
        all.rows();
        all.attention(Math.min(images, 8));
        all.streams();
        INDArray samples = all.x.reshape('c', images, (long) TOKENS * HIDDEN);
        all.cases.addAll(RazorCases.of(kernels.razor(), samples, all.out));
        return all.cases;
    }

    private KernelCases(KernelSet kernels, int images) {
        this.kernels = kernels;
        x = Nd4j.randn(DataType.FLOAT, (long) images * TOKENS, HIDDEN);
        dy = Nd4j.randn(DataType.FLOAT, x.shape());
        out = Nd4j.create(DataType.FLOAT, x.shape());
        second = Nd4j.create(DataType.FLOAT, x.shape());
        length = x.length();
        code = Nd4j.create(DataType.UINT8, Curve.codeBytes(length));
        mask = Nd4j.create(DataType.UINT8, (length + 7) / 8);
    }

    private void add(String name, double floats, double bits, Target target, Runnable kernel) {
        add(name, floats, bits, target, kernel, null, 0);
    }

    /** A case that moves so many floats and bits per element. */
    private void add(
            String name, double floats, double bits, Target target, Runnable kernel, Runnable stock, double faster) {
        double bytes = length * (floats * Float.BYTES + bits / Byte.SIZE);
        cases.add(new KernelCase(name, bytes, 0, target, kernel, stock, faster));
    }

    private static Runnable stock(Op op) {
        return () -> Nd4j.getExecutioner().exec(op);
    }

    private static Runnable stock(CustomOp op) {
        return () -> Nd4j.exec(op);
    }

    private void copies() {
        add("copy", 2, 0, Target.NONE, copy(), () -> out.assign(x), 0);
    }

    private Runnable copy() {
        Device device = Devices.current();
        return device != null
                ? () -> device.copy(x, out)
                : KernelChoice.isNative() ? () -> NativeRuntime.copy(x, out) : () -> out.assign(x);
    }

    private void curves(Curve curve) {
        String name = curve.name().toLowerCase().replace('_', ' ');
        INDArray bias = Nd4j.randn(DataType.FLOAT, HIDDEN);
        Runnable stock =
                switch (curve) {
                    case GELU -> stock(new GELU(x, out));
                    case GELU_TANH -> stock(new PreciseGELU(x, out));
                    case SILU -> stock(new Swish(x, out));
                };
        double faster = curve == Curve.SILU ? 0 : FASTER;
        Runnable plain = () -> kernels.activation().forward(ActivationForward.of(curve, x, out));
        Runnable coded = () ->
                kernels.activation().forward(ActivationForward.of(curve, x, out).withCode(code));
        Runnable biased = () -> kernels.activation()
                .forward(ActivationForward.of(curve, x, out).withBias(bias).withCode(code));
        Runnable kept = () -> kernels.activation()
                .forward(ActivationForward.of(curve, x, out).withBias(bias).withPre(second));
        Runnable backward = () -> kernels.activation().backward(curve, x, dy, out);
        add(name, 2, 0, Target.SMOOTH, plain, stock, faster);
        add(name + ", code", 2, 2, Target.SMOOTH_WITH_CODES, coded, stock, faster);
        add(name + ", bias, code", 2, 2, Target.SMOOTH_WITH_CODES, biased);
        add(name + ", bias, input kept", 3, 0, Target.SMOOTH, kept);
        add(name + " backward, exact", 3, 0, Target.SMOOTH, backward);
    }

    private void masks() {
        Runnable stockRelu = stock(DynamicCustomOp.builder("relu")
                .addInputs(x)
                .addOutputs(out)
                .addFloatingPointArguments(0.0)
                .build());
        add("code backward", 2, 2, Target.CODES, () -> kernels.activation().codeBackward(Curve.GELU, code, dy, out));
        add("relu, mask", 2, 1, Target.CODES, () -> kernels.activation().relu(x, out, mask), stockRelu, 0);
        add("mask backward", 2, 1, Target.CODES, () -> kernels.activation().maskBackward(mask, 1.25, dy, out));
        add(
                "dropout, mask",
                2,
                1,
                Target.CODES,
                () -> kernels.activation().dropout(x, 0.2, 42, out, mask),
                stock(new DropOutInverted(x, out, 0.8)),
                0);
        add("dropout from its seed", 2, 0, Target.CODES, () -> kernels.activation()
                .dropout(x, 0.2, 42, out, null));
    }

    private void norms(Norm kind) {
        String name = kind == Norm.LAYER ? "layer norm" : "rms norm";
        INDArray rows = x.reshape('c', length / WIDTH, WIDTH);
        INDArray skip = dy.reshape(rows.shape());
        INDArray y = out.reshape(rows.shape());
        INDArray sum = second.reshape(rows.shape());
        INDArray gamma = Nd4j.randn(DataType.FLOAT, WIDTH);
        INDArray beta = Nd4j.randn(DataType.FLOAT, WIDTH);
        INDArray dGamma = gamma.like();
        INDArray dBeta = gamma.like();
        INDArray mean = kind == Norm.LAYER ? Nd4j.create(DataType.FLOAT, rows.size(0)) : null;
        INDArray rstd = Nd4j.ones(DataType.FLOAT, rows.size(0));
        Runnable stock = kind == Norm.LAYER ? stockLayerNorm(rows, gamma, beta, y) : null;
        Runnable stockBackward = kind == Norm.LAYER ? stockLayerNormBackward(rows, gamma, beta, skip) : null;
        NormInput alone = NormInput.of(rows);
        NormInput fused = new NormInput(rows, beta, skip, sum);
        add(name, 2, 0, Target.SMOOTH, () -> kernels.norm()
                .forward(NormForward.of(kind, 1e-6, alone, y).statistics(mean, rstd)));
        add(
                name + ", affine",
                2,
                0,
                Target.SMOOTH,
                () -> kernels.norm().forward(new NormForward(kind, 1e-6, alone, gamma, beta, y, mean, rstd)),
                stock,
                stock == null ? 0 : FASTER);
        add(name + " of x + bias + skip", 4, 0, Target.SMOOTH, () -> kernels.norm()
                .forward(NormForward.of(kind, 1e-6, fused, y).statistics(mean, rstd)));
        add(name + " backward", 3, 0, Target.SMOOTH, () -> kernels.norm()
                .backward(NormBackward.ofOutput(kind, rows, rstd, skip, y)));
        add(
                name + " backward, affine",
                3,
                0,
                Target.SMOOTH,
                () -> kernels.norm()
                        .backward(NormBackward.ofInput(kind, rows, mean, rstd, skip, y)
                                .weighted(gamma)
                                .into(dGamma, dBeta)),
                stockBackward,
                0);
    }

    private static Runnable stockLayerNorm(INDArray x, INDArray gamma, INDArray beta, INDArray y) {
        return stock(DynamicCustomOp.builder("layer_norm")
                .addInputs(x, gamma, beta)
                .addOutputs(y)
                .addIntegerArguments(1)
                .addBooleanArguments(false)
                .build());
    }

    private Runnable stockLayerNormBackward(INDArray x, INDArray gamma, INDArray beta, INDArray dy) {
        INDArray dx = second.reshape(x.shape());
        return stock(DynamicCustomOp.builder("layer_norm_bp")
                .addInputs(x, gamma, beta, dy)
                .addOutputs(dx, gamma.like(), beta.like())
                .addIntegerArguments(1)
                .addBooleanArguments(false)
                .build());
    }

    private void rows() {
        INDArray bias = Nd4j.zeros(DataType.FLOAT, HIDDEN);
        INDArray sums = bias.like();
        INDArray scores = x.reshape('c', length / TOKENS, TOKENS);
        INDArray slopes = dy.reshape(scores.shape());
        INDArray y = out.reshape(scores.shape());
        Runnable stockSoftmax = stock(DynamicCustomOp.builder("softmax")
                .addInputs(scores)
                .addOutputs(y)
                .addIntegerArguments(1)
                .build());
        add(
                "bias",
                2,
                0,
                Target.SMOOTH,
                () -> kernels.linear().addBias(second, bias),
                () -> second.addiRowVector(bias),
                0);
        add("column sums", 1, 0, Target.SMOOTH, () -> kernels.linear().columnSums(x, sums), () -> x.sum(sums, 0), 0);
        add("softmax", 2, 0, Target.SMOOTH, () -> kernels.attention().softmax(scores, y), stockSoftmax, 0);
        add("softmax backward", 3, 0, Target.SMOOTH, () -> kernels.attention().softmaxBackward(scores, slopes, y));
    }

    private void streams() {
        StreamKernels streams = kernels.stream();
        INDArray first = Nd4j.create(DataType.INT32, x.shape());
        INDArray other = Nd4j.create(DataType.INT32, x.shape());
        add("stream start", 2, 0, Target.STREAMS, () -> streams.start(x, BITS, first));
        add("stream values", 2, 0, Target.STREAMS, () -> streams.values(first, BITS, out));
        add("stream scale", 2, 0, Target.STREAMS, () -> streams.scale(first, 1, 8, other));
        for (int b : new int[] {1, 4, 8}) {
            int width = StreamKernels.sideBits(b, 8);
            INDArray side = width == 0 ? null : Nd4j.create(DataType.UINT8, StreamKernels.sideBytes(length, b, 8));
            String at = ", " + b + "/8";
            Runnable couple = () -> streams.couple(new Coupling(x, first, other, 8 - b, b, 8, BITS, side, out));
            Runnable restore = () -> streams.restoreInput(new InputRestore(other, side, b, 8, BITS, out));
            add("couple" + at, 6, width, Target.STREAMS, couple);
            add("restore input" + at, 3, width, Target.STREAMS, restore);
        }
        Runnable previous = () -> streams.restorePrevious(new PreviousRestore(other, first, x, 7, 8, BITS));
        add("restore previous", 4, 0, Target.STREAMS, previous);
        add("checksum", 1, 0, Target.STREAMS, () -> streams.checksum(first));
        add("stream sum", 4, 0, Target.STREAMS, () -> streams.sum(new StreamSum(x, 0.9, dy, 0.1, second, out)));
        add("stream difference", 4, 0, Target.STREAMS, () -> streams.difference(x, dy, 0.9, second, out));
    }

    private void attention(int images) {
        int dim = WIDTH / HEADS;
        AttentionShape shape = AttentionShape.self(images, HEADS, TOKENS, dim);
        INDArray qkv = Nd4j.randn(DataType.FLOAT, images, TOKENS, 3L * WIDTH);
        INDArray dQkv = qkv.like();
        INDArray o = Nd4j.create(DataType.FLOAT, images, TOKENS, WIDTH);
        INDArray dO = Nd4j.randn(DataType.FLOAT, o.shape());
        INDArray lse = Nd4j.create(DataType.FLOAT, images, HEADS, TOKENS);
        HeadView[] in = parts(qkv, dim);
        HeadView[] d = parts(dQkv, dim);
        HeadView to = HeadView.ofTokens(o, dim);
        HeadView from = HeadView.ofTokens(dO, dim);
        double product = 2.0 * images * HEADS * TOKENS * TOKENS * dim;
        Runnable forward = () -> kernels.attention()
                .forward(AttentionForward.of(shape, in[0], in[1], in[2], to).withLse(lse));
        Runnable backward = () -> kernels.attention()
                .backward(new AttentionBackward(
                        AttentionForward.of(shape, in[0], in[1], in[2], to).withLse(lse), from, d[0], d[1], d[2]));
        double bytes = o.length() * (double) Float.BYTES;
        forward.run();
        cases.add(new KernelCase("attention", 4 * bytes, 2 * product, Target.NONE, forward, null, 0));
        cases.add(new KernelCase("attention backward", 8 * bytes, 5 * product, Target.NONE, backward, null, 0));
    }

    private static HeadView[] parts(INDArray qkv, int dim) {
        return new HeadView[] {
            HeadView.part(qkv, 0, 3, dim), HeadView.part(qkv, 1, 3, dim), HeadView.part(qkv, 2, 3, dim)
        };
    }
}
