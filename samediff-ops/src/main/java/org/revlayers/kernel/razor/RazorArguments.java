package org.revlayers.kernel.razor;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.kernel.Buffers;

/** The argument checks of {@link RazorKernels}. */
final class RazorArguments {

    private RazorArguments() {}

    static void thresholds(INDArray x, long k, INDArray tau) {
        rank(x, k);
        Buffers.match("tau", Buffers.contiguous("tau", tau), x.size(0), x.dataType());
    }

    static void rank(INDArray x, long k) {
        long perSample = Buffers.contiguous("x", x).length() / x.size(0);
        Buffers.require(
                k >= 1 && k <= perSample,
                "k must be from 1 to the " + perSample + " elements of a sample, not " + k,
                x);
    }

    /** @param x the activation, or where it goes to */
    static void stored(INDArray x, RazorLayout layout, INDArray bitmap, INDArray values, INDArray ranges) {
        Buffers.match("x", Buffers.contiguous("x", x), layout.elements(), x.dataType());
        arrays(x.dataType(), layout, bitmap, values, ranges);
    }

    static void weightGradient(
            RazorLayout layout, INDArray bitmap, INDArray values, INDArray ranges, INDArray dy, INDArray dw) {
        Buffers.require(
                Buffers.contiguous("dw", dw).rank() == 2 && layout.perSample() % dw.size(0) == 0,
                "dw must be [in, out], and the " + layout.perSample() + " elements of a sample whole rows of in",
                dw);
        long rows = layout.elements() / dw.size(0);
        Buffers.match("dy", Buffers.contiguous("dy", dy), rows * dw.size(1), dw.dataType());
        arrays(dw.dataType(), layout, bitmap, values, ranges);
    }

    private static void arrays(
            DataType activation, RazorLayout layout, INDArray bitmap, INDArray values, INDArray ranges) {
        Buffers.match("bitmap", Buffers.contiguous("bitmap", bitmap), layout.bitmapBytes(), DataType.UINT8);
        Buffers.match(
                "values",
                Buffers.contiguous("values", values),
                layout.valueCount(),
                layout.values().type(activation));
        if (layout.values() == RazorValues.INT8) {
            Buffers.match("ranges", Buffers.contiguous("ranges", ranges), layout.rangeCount(), DataType.FLOAT);
        } else {
            Buffers.require(ranges == null, "ranges must be null unless values are INT8", ranges);
        }
    }

    /** @param x the activation, or where it goes to */
    static void sides(INDArray x, RazorLayout layout, INDArray bitmap, INDArray positive, INDArray means) {
        Buffers.match("x", Buffers.contiguous("x", x), layout.elements(), x.dataType());
        Buffers.match("bitmap", Buffers.contiguous("bitmap", bitmap), layout.bitmapBytes(), DataType.UINT8);
        Buffers.match("positive", Buffers.contiguous("positive", positive), layout.bitmapBytes(), DataType.UINT8);
        Buffers.match("means", Buffers.contiguous("means", means), 2 * layout.batch(), DataType.FLOAT);
    }

    /** @param count the largest number of values of a sample */
    static void fits(long count, RazorLayout layout) {
        if (count > layout.room()) {
            throw new IllegalArgumentException("the layout has room for " + layout.room()
                    + " values of a sample; got a sample of " + count
                    + ": make the layout from the activation that is stored with it");
        }
    }
}
