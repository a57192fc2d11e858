package org.revlayers.kernel.razor;

import static org.revlayers.kernel.Buffers.address;
import static org.revlayers.kernel.NativeCall.run;
import static org.revlayers.kernel.NativeCall.told;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.kernel.NativeKernels;
import org.revlayers.kernel.NativeLibrary;

/**
 * Back Razor's storage in C++, with the threads and the instruction set of {@link NativeKernels}. DOUBLE and HALF activations go to the portable
 * implementation, whose bits these are for FLOAT, on every instruction set.
 */
public final class NativeRazor implements RazorKernels {

    private final RazorKernels others;

    /**
     * Uses the library that {@code kernels} has loaded.
     *
     * @param others runs activations of every type but FLOAT
     */
    public NativeRazor(NativeKernels kernels, RazorKernels others) {
        kernels.name(); // fails here, not in a kernel, if the library is not there
        this.others = others;
    }

    /** Null counts as fp32, so that the check of the arguments names it. */
    private static boolean isFloat(INDArray array) {
        return array == null || array.dataType() == DataType.FLOAT;
    }

    @Override
    public void thresholds(INDArray x, long k, INDArray tau) {
        if (!isFloat(x)) {
            others.thresholds(x, k, tau);
            return;
        }
        RazorArguments.thresholds(x, k, tau);
        run(() -> NativeLibrary.rl_razor_thresholds(address(x), x.size(0), x.length() / x.size(0), k, address(tau)));
    }

    @Override
    public long largestCount(INDArray x, long k) {
        if (!isFloat(x)) {
            return others.largestCount(x, k);
        }
        RazorArguments.rank(x, k);
        return told(() -> NativeLibrary.rl_razor_thresholds(address(x), x.size(0), x.length() / x.size(0), k, 0));
    }

    @Override
    public void compress(INDArray x, RazorLayout layout, INDArray bitmap, INDArray values, INDArray ranges) {
        if (!isFloat(x)) {
            others.compress(x, layout, bitmap, values, ranges);
            return;
        }
        RazorArguments.stored(x, layout, bitmap, values, ranges);
        long count = told(() -> NativeLibrary.rl_razor_compress(
                layout.batch(),
                layout.perSample(),
                layout.rank(),
                layout.room(),
                layout.values().ordinal(),
                layout.rule() == RazorTies.ALL,
                address(x),
                address(bitmap),
                address(values),
                address(ranges)));
        RazorArguments.fits(count, layout);
    }

    @Override
    public void decompress(RazorLayout layout, INDArray bitmap, INDArray values, INDArray ranges, INDArray out) {
        if (!isFloat(out)) {
            others.decompress(layout, bitmap, values, ranges, out);
            return;
        }
        RazorArguments.stored(out, layout, bitmap, values, ranges);
        long count = told(() -> NativeLibrary.rl_razor_decompress(
                layout.batch(),
                layout.perSample(),
                layout.room(),
                layout.values().ordinal(),
                address(bitmap),
                address(values),
                address(ranges),
                address(out)));
        RazorArguments.fits(count, layout);
    }

    @Override
    public void sides(INDArray x, RazorLayout layout, INDArray bitmap, INDArray positive, INDArray means) {
        if (!isFloat(x)) {
            others.sides(x, layout, bitmap, positive, means);
            return;
        }
        RazorArguments.sides(x, layout, bitmap, positive, means);
        run(() -> NativeLibrary.rl_razor_sides(
                layout.batch(), layout.perSample(), address(x), address(bitmap), address(positive), address(means)));
    }

    @Override
    public void fill(RazorLayout layout, INDArray bitmap, INDArray positive, INDArray means, INDArray out) {
        if (!isFloat(out)) {
            others.fill(layout, bitmap, positive, means, out);
            return;
        }
        RazorArguments.sides(out, layout, bitmap, positive, means);
        run(() -> NativeLibrary.rl_razor_fill(
                layout.batch(), layout.perSample(), address(bitmap), address(positive), address(means), address(out)));
    }

    @Override
    public void weightGradient(
            RazorLayout layout,
            INDArray bitmap,
            INDArray values,
            INDArray ranges,
            INDArray dy,
            INDArray dw,
            boolean accumulate) {
        if (!isFloat(dw)) {
            others.weightGradient(layout, bitmap, values, ranges, dy, dw, accumulate);
            return;
        }
        RazorArguments.weightGradient(layout, bitmap, values, ranges, dy, dw);
        long count = told(() -> NativeLibrary.rl_razor_weight_gradient(
                layout.batch(),
                layout.perSample(),
                layout.room(),
                layout.values().ordinal(),
                address(bitmap),
                address(values),
                address(ranges),
                dw.size(0),
                dw.size(1),
                address(dy),
                address(dw),
                accumulate));
        RazorArguments.fits(count, layout);
    }
}
