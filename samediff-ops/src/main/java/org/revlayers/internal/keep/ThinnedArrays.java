package org.revlayers.internal.keep;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.KernelChoice;
import org.revlayers.internal.kernel.device.Devices;
import org.revlayers.internal.kernel.razor.RazorArrays;
import org.revlayers.internal.kernel.razor.RazorKernels;
import org.revlayers.internal.kernel.razor.RazorLayout;
import org.revlayers.internal.kernel.razor.RazorSides;

/**
 * The arrays of one thinned activation, and what is computed from them: the same for layers, which keep them by name, and for ops of a graph, whose
 * outputs they are. x̂ is the activation where it was kept, else the mean of its side of 0, or 0 without sides.
 *
 * @param layout   sizes of all
 * @param bits     which elements are kept, UINT8
 * @param values   their values, as the layout says
 * @param ranges   FLOAT, or null unless the values are INT8
 * @param positive sides of the others, UINT8, or null without sides
 * @param means    of both sides, FLOAT, or null without sides
 */
public record ThinnedArrays(
        RazorLayout layout, INDArray bits, INDArray values, INDArray ranges, INDArray positive, INDArray means) {

    /** Without sides: what is not kept counts as 0. */
    public ThinnedArrays(RazorLayout layout, INDArray bits, INDArray values, INDArray ranges) {
        this(layout, bits, values, ranges, null, null);
    }

    /** Thins x into the arrays. */
    public void write(INDArray x) {
        RazorKernels.get().compress(x, new RazorArrays(layout, bits, values, ranges));
        if (means != null) {
            RazorKernels.get().sides(x, sides());
        }
    }

    /** Writes x̂. */
    public void read(INDArray x) {
        RazorKernels.get().decompress(new RazorArrays(layout, bits, values, ranges), x);
        if (means != null) {
            RazorKernels.get().fill(sides(), x);
        }
    }

    private RazorSides sides() {
        return means == null ? null : new RazorSides(layout, bits, positive, means);
    }

    /**
     * Whether the arrays are quicker to multiply by dy of this type than to write back: little was kept. Java multiplies doubles slowly, and means, which leave
     * no zeros out, too; a device's dense product is faster than ours at every prune ratio that was measured (0.5 to 0.97).
     *
     * @param sides whether they have sides
     */
    public static boolean multiplies(double prune, boolean sides, DataType dy) {
        return Devices.current() == null
                && (sides
                        ? prune >= RazorKernels.MULTIPLIES_MEANS_FROM && dy == DataType.FLOAT && KernelChoice.isNative()
                        : prune >= RazorKernels.MULTIPLIES_FROM && dy != DataType.DOUBLE);
    }

    /** dw = x̂ᵀ·dy from the arrays as they are, of rows of x. */
    public void weightGradient(INDArray dy, INDArray dw) {
        RazorKernels.get().weightGradient(new RazorArrays(layout, bits, values, ranges), sides(), dy, dw, false);
    }
}
