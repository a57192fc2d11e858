package org.revlayers.internal.kernel;

import java.util.Arrays;
import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Small arrays, such as one number per channel, for a loop on the host; wherever the array lives. On a device {@code putScalar} and {@code getDouble} would copy
 * the whole buffer that a parameter or a gradient is a view of, and what {@code putScalar} wrote would be lost: an op that writes to another view of the buffer
 * counts the device's copy as the newer one, without the host's numbers.
 */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
public final class HostNumbers {

    /** The elements of a contiguous array, in order. */
    public static double[] of(INDArray array) {
        return Nd4j.getEnvironment().isCPU()
                ? Values.of(array).load(0, (int) array.length())
                : array.dup().data().asDouble();
    }

    /** The same, or so many of {@code otherwise} for null. */
    public static double[] of(INDArray array, long length, double otherwise) {
        if (array != null) {
            return of(array);
        }
        double[] numbers = new double[(int) length];
        Arrays.fill(numbers, otherwise);
        return numbers;
    }

    /** Rounds each once and writes all of them to a contiguous array. */
    public static void write(double[] numbers, INDArray to) {
        if (Nd4j.getEnvironment().isCPU()) {
            Values.of(to).store(0, numbers);
        } else {
            to.assign(Nd4j.create(numbers, to.shape(), to.dataType()));
        }
    }
}
