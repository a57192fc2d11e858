package org.revlayers.internal.kernel.device;

import java.util.function.Consumer;
import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A whole number that kernels add up, or the largest of theirs, and the host reads. */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
public final class DeviceNumber {

    private static final int SLOT = -1; // no family's

    /**
     * Clears the number, queues what adds to it, and waits for it.
     *
     * @param launches gets a LONG array of one element
     */
    public static long of(Device device, Consumer<INDArray> launches) {
        INDArray number = DeviceScratch.of(DataType.INT64, 1, SLOT);
        Launch.of("clear").out(number).whole(1).over(device, 1);
        launches.accept(number);
        return number.getLong(0);
    }
}
