package org.revlayers.internal.op.razor;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.revlayers.internal.backend.StepMemory;
import org.revlayers.internal.keep.ThinnedArrays;
import org.revlayers.internal.kernel.Buffers;
import org.revlayers.internal.kernel.razor.RazorLayout;
import org.revlayers.internal.op.base.RevOp;
import org.revlayers.keep.RazorFill;
import org.revlayers.keep.RazorValues;

/**
 * A thinned activation as arrays of a graph: the bitmap, UINT8; the values; for {@link RazorValues#INT8} the ranges, FLOAT; for {@link RazorFill#MEAN} the sides
 * of what is dropped, UINT8, and the means, FLOAT; and the activation's shape, INT64 {@code [rank]}. Sizes follow from the shape alone: see {@link RazorLayout}.
 *
 * @param prune  fraction of the elements that is dropped, in [0, 1)
 * @param values how the rest is stored
 * @param fill   what the dropped ones count as
 */
record RazorCopy(double prune, RazorValues values, RazorFill fill) {

    /** Checks the ratio. */
    RazorCopy {
        RazorLayout.rank(1, prune);
    }

    /** Number of arrays. */
    int arrays() {
        return 3 + (hasRanges() ? 1 : 0) + (hasSides() ? 2 : 0);
    }

    private boolean hasRanges() {
        return values == RazorValues.INT8;
    }

    private boolean hasSides() {
        return fill == RazorFill.MEAN;
    }

    /** Shapes of the arrays for an activation. */
    List<LongShapeDescriptor> shapes(INDArray x) {
        RazorLayout layout = layout(x.shape());
        List<LongShapeDescriptor> shapes = new ArrayList<>();
        shapes.add(RevOp.shape(DataType.UINT8, layout.bitmapBytes()));
        shapes.add(RevOp.shape(values.type(x.dataType()), layout.valueCount()));
        if (layout.rangeCount() > 0) {
            shapes.add(RevOp.shape(DataType.FLOAT, layout.rangeCount()));
        }
        if (hasSides()) {
            shapes.add(RevOp.shape(DataType.UINT8, layout.bitmapBytes()));
            shapes.add(RevOp.shape(DataType.FLOAT, 2 * layout.batch()));
        }
        shapes.add(RevOp.shape(DataType.INT64, x.rank()));
        return shapes;
    }

    /** Types of the arrays for an activation of this type. */
    List<DataType> types(DataType type) {
        List<DataType> types = new ArrayList<>(List.of(DataType.UINT8, values.type(type)));
        if (hasRanges()) {
            types.add(DataType.FLOAT);
        }
        if (hasSides()) {
            types.addAll(List.of(DataType.UINT8, DataType.FLOAT));
        }
        types.add(DataType.INT64);
        return types;
    }

    /** Thins an activation into the arrays from {@code out[at]} on. */
    void write(INDArray x, INDArray[] out, int at) {
        INDArray dense = Buffers.dense(x, x.dataType());
        arrays(out, at, x.shape()).write(dense);
        INDArray shape = out[at + arrays() - 1];
        for (int i = 0; i < x.rank(); i++) {
            shape.putScalar(i, x.size(i));
        }
        if (dense != x) {
            dense.close();
        }
    }

    /** The shape of the activation whose arrays begin at {@code in.get(at)}. */
    long[] shape(List<INDArray> in, int at) {
        return in.get(at + arrays() - 1).toLongVector();
    }

    /** The activation with what stands for the dropped elements, from the arrays from {@code in[at]} on. */
    INDArray read(INDArray[] in, int at, DataType type, StepMemory memory) {
        INDArray x = memory.take(type, shape(List.of(in), at));
        arrays(in, at, x.shape()).read(x);
        return x;
    }

    /** Whether the arrays from {@code in[at]} on are quicker to multiply by dy than to write back, and a sample of theirs is whole rows. */
    boolean multiplies(INDArray[] in, int at, INDArray dy) {
        return ThinnedArrays.multiplies(prune, hasSides(), dy.dataType()) && shape(List.of(in), at).length > 1;
    }

    /** dw = x̂ᵀ·dy from the arrays from {@code in[at]} on, of rows of x. */
    void weightGradient(INDArray[] in, int at, INDArray dy, INDArray dw) {
        arrays(in, at, shape(List.of(in), at)).weightGradient(dy, dw);
    }

    private ThinnedArrays arrays(INDArray[] all, int at, long... shape) {
        int shapeAt = at + arrays() - 1;
        return new ThinnedArrays(
                layout(shape),
                all[at],
                all[at + 1],
                hasRanges() ? all[at + 2] : null,
                hasSides() ? all[shapeAt - 2] : null,
                hasSides() ? all[shapeAt - 1] : null);
    }

    private RazorLayout layout(long... shape) {
        return RazorLayout.of(prune, values, shape);
    }
}
