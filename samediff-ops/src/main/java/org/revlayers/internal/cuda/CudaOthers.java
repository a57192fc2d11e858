package org.revlayers.internal.cuda;

import static org.bytedeco.cuda.global.cudart.cudaDeviceGetPCIBusId;
import static org.bytedeco.cuda.global.nvml.nvmlDeviceGetHandleByPciBusId_v2;
import static org.bytedeco.cuda.global.nvml.nvmlDeviceGetMemoryInfo;
import static org.bytedeco.cuda.global.nvml.nvmlInit_v2;
import static org.bytedeco.cuda.global.nvml.nvmlShutdown;

import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import lombok.extern.slf4j.Slf4j;
import org.bytedeco.cuda.nvml.nvmlDevice_st;
import org.bytedeco.cuda.nvml.nvmlMemory_t;
import org.bytedeco.javacpp.BytePointer;

/**
 * What was in use of each device before this process used it, as the driver's management library (NVML) tells: the baseline of all that is said of this
 * process. cudaMemGetInfo cannot tell it, for the question itself makes a context on the device.
 */
@Slf4j
@NoArgsConstructor(access = AccessLevel.PRIVATE)
final class CudaOthers {

    private static final int BUS_ID_BYTES = 32;

    private static volatile long[] before = {};

    /** Looks at so many devices; for the first moment of a process, before ND4J starts. */
    static void look(int devices) {
        long[] used = new long[devices];
        try {
            if (nvmlInit_v2() == 0) {
                for (int device = 0; device < devices; device++) {
                    used[device] = used(device);
                }
                nvmlShutdown();
            }
        } catch (LinkageError e) {
            log.debug("NVML cannot be loaded: all that is in use on a device counts as this process's", e);
        }
        before = used;
    }

    private static long used(int device) {
        byte[] busId = new byte[BUS_ID_BYTES];
        try (BytePointer id = new BytePointer(BUS_ID_BYTES);
                nvmlMemory_t memory = new nvmlMemory_t()) {
            if (cudaDeviceGetPCIBusId(busId, BUS_ID_BYTES, device) != 0) {
                return 0;
            }
            nvmlDevice_st handle = new nvmlDevice_st();
            id.put(busId);
            boolean known =
                    nvmlDeviceGetHandleByPciBusId_v2(id, handle) == 0 && nvmlDeviceGetMemoryInfo(handle, memory) == 0;
            return known ? memory.used() : 0;
        }
    }

    /** Bytes that were in use; 0 where nobody could tell. */
    static long bytes(int device) {
        return device < before.length ? before[device] : 0;
    }
}
