package org.revlayers.internal.kernel.device;

import java.util.stream.LongStream;
import lombok.AccessLevel;
import lombok.AllArgsConstructor;
import lombok.Getter;
import lombok.experimental.Accessors;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A product of matrices as BLAS takes it, columns one after the other: {@code out[m, n] = first·second} or {@code out += first·second}, {@code first} being
 * {@code [m, k]} and {@code second} {@code [k, n]}, each perhaps held transposed. Rows that lie one after the other are the columns of the transpose, so that
 * matrices in C order come as the transposed product.
 */
@Getter
@Accessors(fluent = true)
@AllArgsConstructor(access = AccessLevel.PRIVATE)
public final class Product {

    /**
     * A factor.
     *
     * @param array      the memory
     * @param transposed whether its columns are the factor's rows
     * @param stride     elements from column to column
     */
    public record Factor(INDArray array, boolean transposed, long stride) {

        private static Factor of(INDArray array, boolean transposed) {
            return new Factor(array, transposed == isInColumns(array), lead(array));
        }

        /** As a factor of the transposed product. */
        private Factor turned() {
            return new Factor(array, !transposed, stride);
        }
    }

    private final Factor first;
    private final Factor second;
    private final INDArray out;
    private final long outStride;
    private final long rows;
    private final long columns;
    private final long inner;
    private final boolean accumulate;

    /**
     * out = a·b or out += a·b, the factors transposed if so said; null where the three are not FLOAT matrices that fit, whose rows or columns are dense and
     * apart.
     */
    public static Product of(INDArray a, boolean ta, INDArray b, boolean tb, INDArray out, boolean accumulate) {
        if (!isDense(a) || !isDense(b) || !isDense(out) || !fit(a, ta, b, tb, out)) {
            return null;
        }
        Factor left = Factor.of(a, ta);
        Factor right = Factor.of(b, tb);
        long inner = a.size(ta ? 0 : 1);
        return isInColumns(out)
                ? new Product(left, right, out, lead(out), out.size(0), out.size(1), inner, accumulate)
                : new Product(
                        right.turned(), left.turned(), out, lead(out), out.size(1), out.size(0), inner, accumulate);
    }

    /** Whether no size or stride is too large for a library that counts in 32 bits. */
    public boolean isWithinInts() {
        return LongStream.of(rows, columns, inner, first.stride, second.stride, outStride)
                .allMatch(number -> number <= Integer.MAX_VALUE);
    }

    private static boolean fit(INDArray a, boolean ta, INDArray b, boolean tb, INDArray out) {
        return a.size(ta ? 0 : 1) == b.size(tb ? 1 : 0)
                && a.size(ta ? 1 : 0) == out.size(0)
                && b.size(tb ? 0 : 1) == out.size(1);
    }

    private static boolean isDense(INDArray matrix) {
        return matrix.rank() == 2
                && !matrix.isEmpty()
                && matrix.dataType() == DataType.FLOAT
                && (isInColumns(matrix)
                        ? areApart(matrix, 1)
                        : (matrix.size(1) == 1 || matrix.stride()[1] == 1) && areApart(matrix, 0));
    }

    /** Whether lines along this axis share no elements, as they do where one stands for all. */
    private static boolean areApart(INDArray matrix, int axis) {
        return matrix.size(axis) == 1 || matrix.stride()[axis] >= matrix.size(1 - axis);
    }

    private static boolean isInColumns(INDArray matrix) {
        return matrix.size(1) != 1 && matrix.stride()[1] != 1 && (matrix.size(0) == 1 || matrix.stride()[0] == 1);
    }

    private static long lead(INDArray matrix) {
        return isInColumns(matrix)
                ? Math.max(matrix.stride()[1], matrix.size(0))
                : Math.max(matrix.stride()[0], matrix.size(1));
    }
}
