package org.revlayers.keep;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.transforms.clip.ClipByValue;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.memory.Arena;

/** Arrays in binary16 or bfloat16, 2 bytes per element: rounded to 11 or 8 bits. */
final class SixteenBits {

    /** The largest number of binary16. */
    private static final double LARGEST = 65_504;

    private SixteenBits() {}

    /**
     * Rounds x; finite numbers beyond those that binary16 has become its largest.
     *
     * @param to FLOAT16 or BFLOAT16, of x's length
     */
    static void write(INDArray x, INDArray to) {
        if (to.dataType() == DataType.BFLOAT16 || x.dataType() == DataType.FLOAT16) {
            to.assign(x.reshape(to.shape()));
            return;
        }
        try (Arena.Scratch scratch = Arena.current().scratch()) {
            INDArray clipped = scratch.take(x.dataType(), x.shape());
            ClipByValue clip = new ClipByValue(x, -LARGEST, LARGEST);
            clip.addOutputArgument(clipped);
            Nd4j.exec(clip);
            to.assign(clipped.reshape(to.shape()));
        }
    }

    /** Writes the numbers back. */
    static void read(INDArray from, INDArray x) {
        x.assign(from.reshape(x.shape()));
    }
}
