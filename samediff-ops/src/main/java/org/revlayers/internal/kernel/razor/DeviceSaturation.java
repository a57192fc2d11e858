package org.revlayers.internal.kernel.razor;

import java.util.HashMap;
import java.util.Map;
import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.kernel.device.Device;
import org.revlayers.internal.kernel.device.DeviceScratch;
import org.revlayers.internal.kernel.device.Launch;
import org.revlayers.keep.RazorValues;

/**
 * The mark that kernels leave where finite numbers are beyond fp16's largest. To look at it is to wait for the device, so that it is looked at after arrays
 * 1, 2, 4, ... 64 of a thread, and after every 64th from there on; it stays until then.
 */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
final class DeviceSaturation {

    private static final int SLOT = -2; // no family's
    private static final int EVERY = 64;

    private static final ThreadLocal<Map<Integer, Integer>> ARRAYS = ThreadLocal.withInitial(HashMap::new);

    /** The mark for an array that is stored; null where it would tell nothing: for other values than fp16, and after it was told. */
    static INDArray mark(Device device, RazorValues values) {
        if (values != RazorValues.FP16 || Saturation.isTold()) {
            return null;
        }
        INDArray mark = DeviceScratch.of(DataType.INT64, 1, SLOT);
        if (ARRAYS.get().putIfAbsent(current(), 0) == null) {
            Launch.of("clear").out(mark).whole(1).over(device, 1);
        }
        return mark;
    }

    /** Looks at the mark now and then. */
    static void look(INDArray mark) {
        if (mark == null) {
            return;
        }
        int count = ARRAYS.get().merge(current(), 1, Integer::sum);
        boolean looks = count % EVERY == 0 || count < EVERY && Integer.bitCount(count) == 1;
        if (looks && mark.getLong(0) != 0) {
            ARRAYS.get().remove(current()); // cleared before it is used again
            Saturation.tell();
        }
    }

    private static Integer current() {
        return Nd4j.getAffinityManager().getDeviceForCurrentThread();
    }
}
