package org.revlayers.internal.kernel.device;

import static org.revlayers.internal.kernel.Sizes.pieces;

import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Sums over the rows of a matrix: of chunks of rows, then of those sums. The order depends on the matrix's size alone. */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
public final class ColumnSums {

    private static final int THREADS = 256; // COLUMN_THREADS of linear.h
    private static final long LEAST_ROWS = 128;
    private static final long MOST_CHUNKS = 1024;
    private static final int SLOT = 9; // not one of a caller's

    /** out = Σ x over rows, of the first rows·cols elements. */
    public static void run(Device device, INDArray x, long rows, long cols, INDArray out) {
        long chunk = Math.max(LEAST_ROWS, pieces(rows, MOST_CHUNKS));
        long chunks = pieces(rows, chunk);
        if (chunks == 1) {
            launch(device, x, rows, cols, rows, out);
        } else {
            INDArray pieces = DeviceScratch.of(DataType.FLOAT, chunks * cols, SLOT);
            launch(device, x, rows, cols, chunk, pieces);
            launch(device, pieces, chunks, cols, chunks, out);
        }
    }

    private static void launch(Device device, INDArray x, long rows, long cols, long chunk, INDArray out) {
        Launch.of("column_sums")
                .in(x)
                .out(out)
                .whole(rows, cols, chunk)
                .grid(device, pieces(cols, Launch.WARP), pieces(rows, chunk), THREADS);
    }
}
