package org.revlayers.internal.kernel.razor;

import static org.revlayers.internal.kernel.Buffers.required;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.Buffers;
import org.revlayers.keep.RazorValues;

/**
 * A thinned activation as it is stored.
 *
 * @param layout its sizes
 * @param bitmap UINT8, {@code layout.bitmapBytes()}; or null for all elements in their order, zeros too, of a layout that
 *     {@link RazorLayout#holdsAll}
 * @param values of {@code layout.values().type(x)}, {@code layout.valueCount()}
 * @param ranges FLOAT, {@code layout.rangeCount()}; null unless INT8
 */
public record RazorArrays(RazorLayout layout, INDArray bitmap, INDArray values, INDArray ranges) {

    /** @param x the activation, or where it goes to */
    void check(INDArray x) {
        required("x", x, layout.elements(), Buffers.values("x", x));
        check(x.dataType());
    }

    /** Throws unless these are the arrays of an activation of this type. */
    void check(DataType activation) {
        if (bitmap != null || !layout.holdsAll()) {
            required("bitmap", bitmap, layout.bitmapBytes(), DataType.UINT8);
        }
        required("values", values, layout.valueCount(), layout.values().type(activation));
        if (layout.values() == RazorValues.INT8) {
            required("ranges", ranges, layout.rangeCount(), DataType.FLOAT);
        } else {
            Buffers.require(ranges == null, "ranges must be null unless values are INT8", ranges);
        }
    }

    /** @param count the largest number of values of a sample */
    void fits(long count) {
        if (count > layout.room()) {
            throw new IllegalArgumentException("the layout has room for " + layout.room()
                    + " values of a sample; got a sample of " + count
                    + ": make the layout from the activation that is stored with it");
        }
    }
}
