package org.revlayers.internal.kernel.linear;

import static org.revlayers.internal.kernel.Buffers.cols;
import static org.revlayers.internal.kernel.Buffers.rows;
import static org.revlayers.internal.kernel.Sizes.pieces;

import java.util.Comparator;
import java.util.stream.LongStream;
import lombok.RequiredArgsConstructor;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.LongPointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.device.ColumnSums;
import org.revlayers.internal.kernel.device.Device;
import org.revlayers.internal.kernel.device.DeviceScratch;
import org.revlayers.internal.kernel.device.Launch;

/** The fp32 twin on a device: {@code linear.h} of {@code src/main/cuda}. */
@RequiredArgsConstructor
final class DeviceLinear implements LinearKernels {

    private static final int SLOT = 10; // of INT64
    private static final int MOST_BLOCKS = 65_535; // of a grid's second dimension

    private final Device device;

    @Override
    public void addBias(INDArray x, INDArray bias) {
        Launch.of("add_bias").out(x).in(bias).whole(x.length(), cols(x), 1).elementwise(device, x.length());
    }

    @Override
    public void columnSums(INDArray x, INDArray out) {
        ColumnSums.run(device, x, rows(x), cols(x), out);
    }

    /** A row of the table is one block's, which adds in the order of x's rows: no two write to one place, and the sums are those of the other twins. */
    @Override
    public void scatterAdd(INDArray x, int[] at, INDArray table) {
        long[] rows = LongStream.range(0, at.length)
                .boxed()
                .sorted(Comparator.comparingInt(row -> at[row.intValue()])) // stable
                .mapToLong(Long::longValue)
                .toArray();
        long[] starts = LongStream.rangeClosed(0, at.length)
                .filter(i -> i == 0 || i == at.length || at[(int) rows[(int) i]] != at[(int) rows[(int) i - 1]])
                .toArray();
        int targets = starts.length - 1;
        LongStream tableRows = LongStream.of(starts).limit(targets).map(start -> at[(int) rows[(int) start]]);
        long[] places = LongStream.concat(tableRows, LongStream.concat(LongStream.of(starts), LongStream.of(rows)))
                .toArray();
        INDArray onDevice = DeviceScratch.of(DataType.INT64, places.length, SLOT);
        try (LongPointer numbers = new LongPointer(places)) {
            long bytes = (long) places.length * Long.BYTES;
            device.write(onDevice, 0, new BytePointer(numbers).capacity(bytes).asByteBuffer());
        }
        long cols = cols(x);
        Launch.of("scatter_add")
                .in(x, onDevice)
                .out(table)
                .whole(cols, targets)
                .grid(device, pieces(cols, Launch.THREADS), Math.min(targets, MOST_BLOCKS), Launch.THREADS);
    }
}
