package org.revlayers.internal.kernel.razor;

import static org.revlayers.internal.kernel.Buffers.address;
import static org.revlayers.internal.kernel.NativeCall.run;
import static org.revlayers.internal.kernel.NativeCall.told;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.NativeLibrary;

/** The fp32 twin in C++, the same bits on every instruction set: {@code razor/*.h}. */
final class NativeRazor implements RazorKernels {

    @Override
    public void thresholds(INDArray x, long k, INDArray tau) {
        run(() -> NativeLibrary.rl_razor_thresholds(address(x), x.size(0), x.length() / x.size(0), k, address(tau)));
    }

    @Override
    public long largestCount(INDArray x, long k) {
        return told(() -> NativeLibrary.rl_razor_thresholds(address(x), x.size(0), x.length() / x.size(0), k, 0));
    }

    @Override
    public void compress(INDArray x, RazorArrays to) {
        RazorLayout layout = to.layout();
        long most = told(() -> NativeLibrary.rl_razor_compress(
                layout.batch(),
                layout.perSample(),
                layout.rank(),
                layout.room(),
                layout.values().ordinal(),
                layout.rule() == RazorTies.ALL,
                address(x),
                address(to.bitmap()),
                address(to.values()),
                address(to.ranges())));
        if (most < 0) { // its bits are inverted
            Saturation.tell();
        }
        to.fits(most < 0 ? ~most : most);
    }

    @Override
    public void decompress(RazorArrays from, INDArray out) {
        RazorLayout layout = from.layout();
        from.fits(told(() -> NativeLibrary.rl_razor_decompress(
                layout.batch(),
                layout.perSample(),
                layout.room(),
                layout.values().ordinal(),
                address(from.bitmap()),
                address(from.values()),
                address(from.ranges()),
                address(out))));
    }

    @Override
    public void sides(INDArray x, RazorSides to) {
        run(() -> NativeLibrary.rl_razor_sides(
                to.layout().batch(),
                to.layout().perSample(),
                address(x),
                address(to.bitmap()),
                address(to.positive()),
                address(to.means())));
    }

    @Override
    public void fill(RazorSides from, INDArray out) {
        run(() -> NativeLibrary.rl_razor_fill(
                from.layout().batch(),
                from.layout().perSample(),
                address(from.bitmap()),
                address(from.positive()),
                address(from.means()),
                address(out)));
    }

    @Override
    public void weightGradient(RazorArrays x, RazorSides sides, INDArray dy, INDArray dw, boolean accumulate) {
        RazorLayout layout = x.layout();
        x.fits(told(() -> NativeLibrary.rl_razor_weight_gradient(
                layout.batch(),
                layout.perSample(),
                layout.room(),
                layout.values().ordinal(),
                address(x.bitmap()),
                address(x.values()),
                address(x.ranges()),
                sides == null ? 0 : address(sides.positive()),
                sides == null ? 0 : address(sides.means()),
                dw.size(0),
                dw.size(1),
                address(dy),
                address(dw),
                accumulate)));
    }
}
