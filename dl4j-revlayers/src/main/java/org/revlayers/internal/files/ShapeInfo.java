package org.revlayers.internal.files;

import java.nio.file.Path;
import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.shape.options.ArrayOptionsHelper;
import org.revlayers.files.WeightsFileException;

/** ND4J's description of an array, {@code rank, shape, strides, extras, 1, order}: that of a dense one. */
final class ShapeInfo {

    private ShapeInfo() {}

    /** @param values that the file holds */
    static void check(Path file, String part, long[] info, DataType type, long values, String remedy)
            throws WeightsFileException {
        boolean good =
                info.length >= 4 && info[0] >= 0 && info[0] <= ForeignFile.MAX_RANK && info.length == 2 * info[0] + 4;
        if (good) {
            int rank = (int) info[0];
            long[] shape = Arrays.copyOfRange(info, 1, 1 + rank);
            long bytes = ForeignFile.bytes(file, part, shape, type.width(), remedy);
            long extras = info[2 * rank + 1];
            long order = info[2 * rank + 3];
            good = values == bytes / type.width() // values * width may overflow; bytes are a multiple, and not negative
                    && (order == 'c' || order == 'f')
                    && (extras == ArrayOptionsHelper.setOptionBit(0L, type) || values == 0)
                    && dense(shape, Arrays.copyOfRange(info, 1 + rank, 1 + 2 * rank), values);
        }
        if (!good) {
            throw new WeightsFileException(
                    file,
                    part + " must describe a dense array of " + values + " " + type + " values, it says "
                            + Arrays.toString(Arrays.copyOf(info, Math.min(info.length, 24))),
                    remedy);
        }
    }

    /** Whether an element's place is below the number of elements: for strides that are not negative. */
    private static boolean dense(long[] shape, long[] strides, long values) {
        long last = 0;
        for (int i = 0; i < shape.length && values > 0; i++) {
            if (strides[i] < 0 || strides[i] > values) {
                return false;
            }
            long reach =
                    Math.multiplyHigh(shape[i] - 1, strides[i]) != 0 ? Long.MAX_VALUE : (shape[i] - 1) * strides[i];
            last += reach;
            if (reach >= values || last >= values) {
                return false;
            }
        }
        return true;
    }
}
