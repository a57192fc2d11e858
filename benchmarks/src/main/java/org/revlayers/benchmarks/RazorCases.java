package org.revlayers.benchmarks;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.kernel.linear.Gemm;
import org.revlayers.internal.kernel.razor.RazorArrays;
import org.revlayers.internal.kernel.razor.RazorKernels;
import org.revlayers.internal.kernel.razor.RazorLayout;
import org.revlayers.internal.kernel.razor.RazorSides;
import org.revlayers.keep.RazorValues;

/**
 * Back Razor's storage. Whatever these kernels move, they are counted as a copy of the activation, so that half the copy's bandwidth is twice the
 * time of a copy.
 */
final class RazorCases {

    private static final double PRUNE = 0.9;
    private static final int TOKENS = 197;

    private RazorCases() {}

    /**
     * The cases of these kernels.
     *
     * @param x   samples along the first axis
     * @param out of x's length
     */
    static List<KernelCase> of(RazorKernels razor, INDArray x, INDArray out) {
        List<KernelCase> cases = new ArrayList<>();
        double copied = 2.0 * Float.BYTES * x.length();
        INDArray tau = Nd4j.create(DataType.FLOAT, x.size(0));
        long rank = RazorLayout.rank(x.length() / x.size(0), PRUNE);
        Runnable threshold = () -> razor.thresholds(x, rank, tau);
        cases.add(new KernelCase("razor threshold", copied, 0, Target.NONE, threshold, null, 0));
        for (RazorValues type : RazorValues.values()) {
            RazorLayout layout = RazorLayout.of(PRUNE, type, x.shape());
            INDArray bitmap = Nd4j.create(DataType.UINT8, layout.bitmapBytes());
            INDArray values = Nd4j.create(type.type(DataType.FLOAT), layout.valueCount());
            INDArray ranges = layout.rangeCount() == 0 ? null : Nd4j.create(DataType.FLOAT, layout.rangeCount());
            Runnable thin = () -> razor.compress(x, new RazorArrays(layout, bitmap, values, ranges));
            Runnable back = () -> razor.decompress(new RazorArrays(layout, bitmap, values, ranges), out);
            thin.run();
            String name = type.label() + ", p = " + PRUNE;
            cases.add(new KernelCase("razor compress, " + name, copied, 0, Target.THIN, thin, null, 0));
            cases.add(new KernelCase("razor decompress, " + name, copied, 0, Target.THICKEN, back, null, 0));
            INDArray positive = Nd4j.create(DataType.UINT8, layout.bitmapBytes());
            INDArray means = Nd4j.create(DataType.FLOAT, 2 * layout.batch());
            Runnable thinWithMeans = () -> {
                thin.run();
                razor.sides(x, new RazorSides(layout, bitmap, positive, means));
            };
            Runnable backWithMeans = () -> {
                back.run();
                razor.fill(new RazorSides(layout, bitmap, positive, means), out);
            };
            String filled = name + ", means";
            cases.add(new KernelCase("razor compress, " + filled, copied, 0, Target.THIN, thinWithMeans, null, 0));
            cases.add(new KernelCase("razor decompress, " + filled, copied, 0, Target.THICKEN, backWithMeans, null, 0));
        }
        for (double prune : new double[] {0.5, 0.8, PRUNE, 0.97}) {
            for (boolean means : new boolean[] {false, true}) {
                cases.add(product(razor, prune, means, x.size(0), 768, 3072));
                cases.add(product(razor, prune, means, x.size(0), 3072, 768));
            }
        }
        return cases;
    }

    /** The gradient of a weight from the stored form; in place of a stock op, decompressing and a dense product. */
    private static KernelCase product(
            RazorKernels razor, double prune, boolean filled, long images, long in, long out) {
        long rows = images * TOKENS;
        INDArray x = Nd4j.randn(DataType.FLOAT, images, TOKENS * in);
        INDArray dy = Nd4j.randn(DataType.FLOAT, rows, out);
        INDArray dw = Nd4j.create(DataType.FLOAT, in, out);
        RazorLayout layout = RazorLayout.of(prune, RazorValues.FP16, x.shape());
        INDArray bitmap = Nd4j.create(DataType.UINT8, layout.bitmapBytes());
        INDArray values = Nd4j.create(DataType.FLOAT16, layout.valueCount());
        razor.compress(x, new RazorArrays(layout, bitmap, values, null));
        RazorSides sides = !filled
                ? null
                : new RazorSides(
                        layout,
                        bitmap,
                        Nd4j.create(DataType.UINT8, layout.bitmapBytes()),
                        Nd4j.create(DataType.FLOAT, 2 * layout.batch()));
        if (filled) {
            razor.sides(x, sides);
        }
        Runnable sparse =
                () -> razor.weightGradient(new RazorArrays(layout, bitmap, values, null), sides, dy, dw, false);
        Runnable dense = () -> {
            razor.decompress(new RazorArrays(layout, bitmap, values, null), x);
            if (filled) {
                razor.fill(sides, x);
            }
            Gemm.weightGradient(x.reshape(rows, in), dy, dw, false);
        };
        double bytes = layout.bytes(DataType.FLOAT) + (double) Float.BYTES * (dy.length() + dw.length());
        double flops = 2.0 * layout.valueCount() * out;
        String name = "razor weight gradient, " + in + " to " + out + ", p = " + prune + (filled ? ", means" : "");
        return new KernelCase(name, bytes, flops, Target.NONE, sparse, dense, prune < 0.8 ? 0 : 1);
    }
}
