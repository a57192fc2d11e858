package org.revlayers.internal.kernel;

import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.Shape;
import org.nd4j.linalg.factory.Nd4j;

/** Checks on the arrays that kernels are given: each error names the invariant, what came, and the remedy. */
public final class Buffers {

    private Buffers() {}

    /** Throws unless {@code condition} holds. */
    public static void require(boolean condition, String invariant, INDArray array) {
        if (!condition) {
            throw new IllegalArgumentException(invariant + "; got " + describe(array));
        }
    }

    /** Throws unless {@code condition} holds. */
    public static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
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

    /** Throws unless {@code array} is contiguous, of this length and type. */
    public static void required(String name, INDArray array, long length, DataType type) {
        match(name, contiguous(name, array), length, type);
    }

    /** Throws unless the array is one that kernels compute on: contiguous, FLOAT, DOUBLE or HALF. Gives its type. */
    public static DataType values(String name, INDArray array) {
        DataType type = contiguous(name, array).dataType();
        require(
                type == DataType.FLOAT || type == DataType.DOUBLE || type == DataType.FLOAT16,
                name + " must be FLOAT, DOUBLE or HALF: call castTo first",
                array);
        return type;
    }

    /** The same, and that both gradients have its length and type: dx = dy times something of {@code array}. */
    public static void backward(String name, INDArray array, INDArray dy, INDArray dx) {
        DataType type = values(name, array);
        required("dy", dy, array.length(), type);
        required("dx", dx, array.length(), type);
    }

    /** Throws if the two arrays share memory; null shares none. */
    public static void apart(String nameA, INDArray a, String nameB, INDArray b) {
        if (a != null && b != null) {
            require(
                    !overlap(a, b),
                    nameA + " must not share memory with " + nameB + "; got " + describe(a) + " and " + describe(b)
                            + ": pass another array");
        }
    }

    /** Whether the two arrays share memory. */
    public static boolean overlap(INDArray a, INDArray b) {
        long startA = place(a);
        long startB = place(b);
        return startA < startB + bytes(b) && startB < startA + bytes(a);
    }

    /** The size of the last axis. */
    public static long cols(INDArray x) {
        return x.rank() == 0 ? 1 : x.size(-1);
    }

    /** The product of all axes but the last. */
    public static long rows(INDArray x) {
        return x.length() / cols(x);
    }

    /** The type of row statistics: half has too few digits to recompute from. */
    public static DataType statistic(DataType values) {
        return values == DataType.FLOAT16 ? DataType.FLOAT : values;
    }

    private static long bytes(INDArray array) {
        return array.length() * array.dataType().width();
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

    /**
     * The elements of a contiguous array in another shape, in C order. Not by ND4J's reshape, which makes a view of the buffer, and on a device a host copy of
     * the whole buffer for each.
     */
    public static INDArray shaped(INDArray array, long... shape) {
        require(
                Sizes.elements(shape) == array.length() && isContiguous(array),
                "a shape of as many elements in a row",
                array);
        return Nd4j.create(array.data(), shape, Nd4j.getStrides(shape, 'c'), 0, 'c', array.dataType());
    }

    /** The array itself, or a copy of it in this type and in C order. */
    public static INDArray dense(INDArray array, DataType type) {
        INDArray typed = array.dataType() == type ? array : array.castTo(type);
        return isContiguous(typed) ? typed : typed.dup('c');
    }

    /** Where the array's first element lies in the memory that it lives in: for comparisons alone. */
    public static long place(INDArray array) {
        return Nd4j.getEnvironment().isCPU() ? address(array) : array.data().platformAddress();
    }

    /** The address of the array's first element in host memory. */
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
