package org.revlayers.internal.kernel.razor;

import static org.revlayers.internal.kernel.Buffers.required;

import lombok.RequiredArgsConstructor;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.Buffers;
import org.revlayers.internal.kernel.device.Twins;

/** Checks the arguments, then calls the twin for their type. */
@RequiredArgsConstructor
final class CheckedRazor implements RazorKernels {

    static final RazorKernels CHOSEN = new CheckedRazor(Twins.chosen(
            RazorKernels.class, NativeRazor::new, JavaRazor::new, (device, host) -> new DeviceRazor(device)));

    private final Twins<RazorKernels> twins;

    @Override
    public void thresholds(INDArray x, long k, INDArray tau) {
        rank(x, k);
        required("tau", tau, x.size(0), x.dataType());
        twins.of(x).thresholds(x, k, tau);
    }

    @Override
    public long largestCount(INDArray x, long k) {
        rank(x, k);
        return twins.of(x).largestCount(x, k);
    }

    @Override
    public void compress(INDArray x, RazorArrays to) {
        to.check(x);
        twins.of(x).compress(x, to);
    }

    @Override
    public void decompress(RazorArrays from, INDArray out) {
        from.check(out);
        twins.of(out).decompress(from, out);
    }

    @Override
    public void sides(INDArray x, RazorSides to) {
        to.check(x);
        twins.of(x).sides(x, to);
    }

    @Override
    public void fill(RazorSides from, INDArray out) {
        from.check(out);
        twins.of(out).fill(from, out);
    }

    @Override
    public void weightGradient(RazorArrays x, RazorSides sides, INDArray dy, INDArray dw, boolean accumulate) {
        long perSample = x.layout().perSample();
        Buffers.require(
                Buffers.contiguous("dw", dw).rank() == 2 && perSample % dw.size(0) == 0,
                "dw must be [in, out], and the " + perSample + " elements of a sample whole rows of in",
                dw);
        long rows = x.layout().elements() / dw.size(0);
        required("dy", dy, rows * dw.size(1), Buffers.values("dw", dw));
        x.check(dw.dataType());
        required("bitmap", x.bitmap(), x.layout().bitmapBytes(), DataType.UINT8); // products are of what is not zero
        if (sides != null) {
            Buffers.require(
                    sides.layout().equals(x.layout()), "sides must be of the layout " + x.layout(), sides.positive());
            sides.check();
        }
        twins.of(dw).weightGradient(x, sides, dy, dw, accumulate);
    }

    private static void rank(INDArray x, long k) {
        Buffers.values("x", x);
        long perSample = x.length() / x.size(0);
        Buffers.require(
                k >= 1 && k <= perSample,
                "k must be from 1 to the " + perSample + " elements of a sample, not " + k,
                x);
    }
}
