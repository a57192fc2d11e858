package org.revlayers.internal.cuda;

import static org.bytedeco.cuda.global.cudart.cudaDeviceGetPCIBusId;
import static org.bytedeco.cuda.global.nvml.nvmlDeviceGetHandleByPciBusId_v2;
import static org.bytedeco.cuda.global.nvml.nvmlDeviceGetMemoryInfo;
import static org.bytedeco.cuda.global.nvml.nvmlInit_v2;
import static org.bytedeco.cuda.global.nvml.nvmlShutdown;

import java.util.Arrays;
import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import lombok.extern.slf4j.Slf4j;
import org.bytedeco.cuda.nvml.nvmlDevice_st;
import org.bytedeco.cuda.nvml.nvmlMemory_t;
import org.bytedeco.javacpp.BytePointer;

/**
 * What was free of each device before this process used it, as the driver's management library (NVML) tells: the baseline of all that is said of this
 * process. cudaMemGetInfo cannot tell it, for the question itself makes a context on the device. Free bytes, for what NVML calls used has the driver's
 * reserve in it, which cudaMemGetInfo leaves out.
 */
@Slf4j
@NoArgsConstructor(access = AccessLevel.PRIVATE)
final class CudaBaseline {

    private static final int BUS_ID_BYTES = 32;

    private static final long UNKNOWN = -1;

    private static volatile long[] before = {};

    /** Looks at so many devices; for the first moment of a process, before ND4J starts. */
    static void look(int devices) {
        long[] free = new long[devices];
        Arrays.fill(free, UNKNOWN);
        try {
            if (nvmlInit_v2() == 0) {
                for (int device = 0; device < devices; device++) {
                    free[device] = free(device);
                }
                nvmlShutdown();
            }
        } catch (LinkageError e) {
            log.debug("NVML cannot be loaded: all that is in use on a device counts as this process's", e);
        }
        before = free;
    }

    private static long free(int device) {
        byte[] busId = new byte[BUS_ID_BYTES];
        try (BytePointer id = new BytePointer(BUS_ID_BYTES);
                nvmlMemory_t memory = new nvmlMemory_t()) {
            if (cudaDeviceGetPCIBusId(busId, BUS_ID_BYTES, device) != 0) {
                return UNKNOWN;
            }
            nvmlDevice_st handle = new nvmlDevice_st();
            id.put(busId);
            boolean known =
                    nvmlDeviceGetHandleByPciBusId_v2(id, handle) == 0 && nvmlDeviceGetMemoryInfo(handle, memory) == 0;
            return known ? memory._free() : UNKNOWN;
        }
    }

    /** Bytes that were free; negative where nobody could tell. */
    static long bytes(int device) {
        return device < before.length ? before[device] : UNKNOWN;
    }
}
