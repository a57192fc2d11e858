package org.revlayers.internal.kernel.razor;

import static org.revlayers.internal.kernel.Sizes.pieces;
import static org.revlayers.internal.kernel.device.Launch.WARP;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.Sizes;
import org.revlayers.internal.kernel.device.Device;
import org.revlayers.internal.kernel.device.DeviceNumber;
import org.revlayers.internal.kernel.device.DeviceScratch;
import org.revlayers.internal.kernel.device.Launch;

/**
 * The words of a bitmap on a device: 32 elements of a row, the last word of a row fewer. In scratch memory of the thread, until the next call.
 *
 * @param count  all words
 * @param starts INT32, where the values of each word begin in the slot of their sample
 * @param totals INT32, how many values each sample has
 */
record DeviceWords(long count, INDArray starts, INDArray totals) {

    private static final int STARTS = 0;
    private static final int TOTALS = 1;

    /**
     * Counts them from the bitmap.
     *
     * @param height rows of a sample
     * @param fit    whether it is known that every sample has room for its values; else waits for the device, and throws if one has not
     */
    static DeviceWords of(Device device, RazorArrays stored, long height, boolean fit) {
        RazorLayout layout = stored.layout();
        Sizes.exact("elements of a sample", layout.perSample());
        long columns = layout.perSample() / height;
        long ofRow = pieces(columns, WARP);
        long ofSample = height * ofRow;
        long all = layout.batch() * ofSample;
        INDArray starts = DeviceScratch.of(DataType.INT32, all, STARTS);
        INDArray totals = DeviceScratch.of(DataType.INT32, layout.batch(), TOTALS);
        Launch.of("razor_count")
                .in(stored.bitmap())
                .out(starts)
                .whole(columns, ofRow, all)
                .over(device, all);
        Launch begin = Launch.of("razor_starts").out(starts, totals).whole(ofSample);
        if (fit || layout.room() == layout.perSample()) {
            begin.out((INDArray) null).blocks(device, layout.batch(), Launch.THREADS);
        } else {
            stored.fits(
                    DeviceNumber.of(device, most -> begin.out(most).blocks(device, layout.batch(), Launch.THREADS)));
        }
        return new DeviceWords(all, starts, totals);
    }
}
