package org.revlayers.internal.kernel.razor;

import static org.revlayers.internal.kernel.Sizes.pieces;

import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.Sizes;
import org.revlayers.internal.kernel.device.Device;
import org.revlayers.internal.kernel.device.DeviceScratch;
import org.revlayers.internal.kernel.device.Launch;

/** Where samples are cut on a device: {@code razor_select.h} of {@code src/main/cuda}. */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
final class DeviceChoices {

    private static final int THREADS = Launch.THREADS;

    /** Elements of a sample that a block counts, and up to which one block selects for a sample. */
    private static final long PIECE = 1 << 14;

    private static final long ONE_BLOCK = 2 * PIECE;

    private static final int DIGITS = 2048;
    private static final int[] SHIFTS = {20, 10, 0};

    /** Slots of scratch memory, by type: {@link DeviceRazor} has others. */
    private static final int CHOICES = 0;

    private static final int BINS = 2;

    private static final int LONGS_OF_A_CHOICE = 4;

    /** Of each sample the k-th smallest magnitude, and how many are as large. */
    static INDArray of(Device device, INDArray x, long batch, long perSample, long k) {
        Sizes.exact("elements of a sample", perSample);
        INDArray choices = DeviceScratch.of(DataType.INT64, batch * LONGS_OF_A_CHOICE, CHOICES);
        if (perSample <= ONE_BLOCK) {
            Launch.of("razor_select").in(x).out(choices).whole(perSample, k).blocks(device, batch, THREADS);
            return choices;
        }
        INDArray bins = DeviceScratch.of(DataType.INT32, batch * DIGITS, BINS);
        Launch.of("razor_start").out(bins, choices).whole(k).blocks(device, batch, THREADS);
        long pieces = pieces(perSample, PIECE);
        for (int shift : SHIFTS) {
            Launch.of("razor_count_digits")
                    .in(x, choices)
                    .out(bins)
                    .whole(perSample, PIECE, pieces, shift)
                    .blocks(device, batch * pieces, THREADS);
            Launch.of("razor_choose_digit").out(bins, choices).whole(shift).blocks(device, batch, THREADS);
        }
        return choices;
    }
}
