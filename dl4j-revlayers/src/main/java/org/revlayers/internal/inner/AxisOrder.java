package org.revlayers.internal.inner;

import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.contract.InnerLayer;
import org.revlayers.internal.contract.Pass;
import org.revlayers.internal.keep.Kept;
import org.revlayers.internal.kernel.linear.Gemm;

/** Images {@code [mb, channels, h, w]} as {@code [mb, h, w, channels]}, or the way back. Keeps nothing, reads nothing. */
public enum AxisOrder implements InnerLayer {
    TO_LAST("channels last", 0, 2, 3, 1),
    TO_FIRST("channels first", 0, 3, 1, 2);

    private final String name;
    private final int[] axes;

    AxisOrder(String name, int... axes) {
        this.name = name;
        this.axes = axes;
    }

    private AxisOrder back() {
        return this == TO_LAST ? TO_FIRST : TO_LAST;
    }

    /** The same sizes in this order. */
    public long[] of(long... shape) {
        if (shape.length != axes.length) {
            throw new IllegalArgumentException(
                    "convolutions and poolings read images, [mb, channels, h, w]; got " + Arrays.toString(shape));
        }
        return Arrays.stream(axes).mapToLong(axis -> shape[axis]).toArray();
    }

    /** Writes an image in this order. */
    public void write(INDArray image, INDArray to) {
        to.assign(image.permute(axes));
    }

    /** What kernels per channel read: with the channels last a row is a pixel. */
    static INDArray rows(boolean channelsLast, INDArray image) {
        return channelsLast ? Gemm.rows(image) : image;
    }

    @Override
    public long[] outputShape(long... input) {
        return of(input);
    }

    @Override
    public void forward(INDArray x, INDArray out, Pass pass, Kept keep) {
        write(x, out);
    }

    @Override
    public void backward(INDArray x, INDArray out, INDArray dy, INDArray dx, Pass pass, Kept keep) {
        back().write(dy, dx);
    }

    @Override
    public boolean readsInput() {
        return false;
    }

    @Override
    public String toString() {
        return name;
    }
}
