package org.revlayers.internal.kernel;

import static org.revlayers.internal.kernel.Buffers.address;
import static org.revlayers.internal.kernel.NativeCall.run;

import java.util.Arrays;
import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Copies between arrays of one shape whatever their strides, where rows of the last axis lie together: such as patches of an image, six axes, for which ND4J's
 * {@code assign} takes ten times as long. Images with their channels last are better left to that, and
 * what is not FLOAT, has more than six axes or lives on a device is.
 */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
public final class StridedCopy {

    private static final int AXES = 6;

    /** In front; threads share them. */
    private static final int OUTER = 3;

    /** to = from, of the same shape; neither shares memory with the other. */
    public static void copy(INDArray from, INDArray to) {
        if (!Arrays.equals(from.shape(), to.shape())) {
            throw new IllegalArgumentException("arrays of one shape are copied; got " + Buffers.describe(from) + " and "
                    + Buffers.describe(to) + ": reshape one");
        }
        if (from.dataType() == DataType.FLOAT
                && to.dataType() == DataType.FLOAT
                && from.rank() <= AXES
                && KernelChoice.isNative()
                && Nd4j.getEnvironment().isCPU()) {
            long[] axes = axes(from, to);
            run(() -> NativeLibrary.rl_strided_copy(address(from), address(to), axes));
        } else {
            to.assign(from);
        }
    }

    /** Sizes and both arrays' strides; the last axis is the last of six, axes of one element are in front of it. */
    private static long[] axes(INDArray from, INDArray to) {
        long[] axes = new long[3 * AXES];
        Arrays.fill(axes, 0, AXES, 1);
        int rank = from.rank();
        for (int i = 0; i < rank; i++) {
            int place = i == rank - 1 ? AXES - 1 : i < OUTER ? i : AXES - rank + i;
            axes[place] = from.size(i);
            axes[AXES + place] = from.stride()[i];
            axes[2 * AXES + place] = to.stride()[i];
        }
        return axes;
    }
}
