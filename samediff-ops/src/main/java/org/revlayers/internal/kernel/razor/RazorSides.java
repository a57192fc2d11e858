package org.revlayers.internal.kernel.razor;

import static org.revlayers.internal.kernel.Buffers.required;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.Buffers;
import org.revlayers.keep.RazorFill;

/**
 * What {@link RazorFill#MEAN} stores of what was dropped.
 *
 * @param layout   the sizes
 * @param bitmap   of what was kept
 * @param positive UINT8, {@code layout.bitmapBytes()}: one bit per element, laid out as the bitmap, set where x &gt; 0
 * @param means    FLOAT, {@code 2·batch}: per sample, the mean of the dropped elements above 0 and of the others; 0 where there are none
 */
public record RazorSides(RazorLayout layout, INDArray bitmap, INDArray positive, INDArray means) {

    /** @param x the activation, or where it goes to */
    void check(INDArray x) {
        required("x", x, layout.elements(), Buffers.values("x", x));
        check();
    }

    /** Throws unless these are arrays of the layout. */
    void check() {
        required("bitmap", bitmap, layout.bitmapBytes(), DataType.UINT8);
        required("positive", positive, layout.bitmapBytes(), DataType.UINT8);
        required("means", means, 2 * layout.batch(), DataType.FLOAT);
    }
}
