package org.revlayers.internal.kernel;

import java.util.Arrays;
import lombok.AccessLevel;
import lombok.NoArgsConstructor;

/** Sizes beyond 2³¹ − 1 are computed in 64 bits or refused by name; never cut off. */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
public final class Sizes {

    /**
     * A size as an int.
     *
     * @param what is counted, in the plural
     * @throws IllegalArgumentException if there are too many
     */
    public static int exact(String what, long size) {
        if (size > Integer.MAX_VALUE || size < 0) {
            throw new IllegalArgumentException(size + " " + what + " are more than the " + Integer.MAX_VALUE
                    + " that can be counted here: use a smaller batch, or split the array");
        }
        return (int) size;
    }

    /** How many pieces of a size cover all. */
    public static long pieces(long all, long piece) {
        return (all + piece - 1) / piece;
    }

    /**
     * Number of elements of a shape.
     *
     * @throws IllegalArgumentException if it is beyond 2⁶³ − 1
     */
    public static long elements(long... shape) {
        long elements = 1;
        try {
            for (long size : shape) {
                elements = Math.multiplyExact(elements, size);
            }
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException(
                    "shape " + Arrays.toString(shape) + " has more than 2^63 - 1 elements: split the array");
        }
        return elements;
    }
}
