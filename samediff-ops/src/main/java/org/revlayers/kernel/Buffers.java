package org.revlayers.kernel;

import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.Shape;

/** Checks on the arrays that kernels are given: each error names the invariant, what came, and the remedy. */
public final class Buffers {

    private Buffers() {}

    /** Throws unless {@code condition} holds. */
    public static void require(boolean condition, String invariant, INDArray array) {
        if (!condition) {
            throw new IllegalArgumentException(invariant + "; got " + describe(array));
        }
    }

    /** Throws unless the array's elements lie one after the other in C order. */
    public static INDArray contiguous(String name, INDArray array) {
        if (array == null) {
            throw new IllegalArgumentException(name + " must not be null");
        }
        if (array.isEmpty()) {
            throw new IllegalArgumentException(name + " must be a non-empty C-contiguous array; got the empty "
                    + describe(array) + ": leave empty batches out");
        }
        if (!isContiguous(array)) {
            throw new IllegalArgumentException(
                    name + " must be a non-empty C-contiguous array; got " + describe(array) + ": call dup('c') first");
        }
        return array;
    }

    /** Throws unless {@code array} is null, or contiguous, of this length and type. */
    public static void match(String name, INDArray array, long length, DataType type) {
        if (array != null && (contiguous(name, array).length() != length || array.dataType() != type)) {
            throw new IllegalArgumentException(
                    name + " must have " + length + " elements of type " + type + "; got " + describe(array));
        }
    }

    /** Whether the elements lie one after the other in C order, whatever the offset. */
    public static boolean isContiguous(INDArray array) {
        long expected = 1;
        long[] strides = array.stride(); // stride(i) of M2.1 has 32 bits
        for (int i = array.rank() - 1; i >= 0; i--) {
            if (array.size(i) != 1) {
                if (strides[i] != expected) {
                    return false;
                }
                expected *= array.size(i);
            }
        }
        return true;
    }

    /** The array itself, or a copy of it in this type and in C order. */
    public static INDArray dense(INDArray array, DataType type) {
        INDArray typed = array.dataType() == type ? array : array.castTo(type);
        return isContiguous(typed) ? typed : typed.dup('c');
    }

    /** The address of the array's first element. */
    public static long address(INDArray array) {
        return array == null ? 0 : array.data().addressPointer().address();
    }

    /** Type, shape and order in a few words. */
    public static String describe(INDArray array) {
        return array == null
                ? "null"
                : array.dataType() + Arrays.toString(array.shape()) + " order " + Shape.getOrder(array) + " strides "
                        + Arrays.toString(array.stride());
    }
}
