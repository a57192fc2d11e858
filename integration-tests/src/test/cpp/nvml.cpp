// libnvidia-ml.so.1 as far as this project calls it.
#include "emulated_device.h"

extern "C" {

int nvmlInit_v2() { return 0; }
int nvmlShutdown() { return 0; }
int nvmlDeviceGetHandleByPciBusId_v2(const char* id, void** device) {
    *device = (void*) id;
    return id[5] == '0' ? 0 : 6;  // NVML_ERROR_NOT_FOUND
}
int nvmlDeviceGetMemoryInfo(void*, int64_t* memory) {
    const int64_t RESERVE = 512LL << 20;  // the driver's, which cudaMemGetInfo does not count
    memory[0] = emulated_total() + RESERVE;
    memory[1] = emulated_total() - emulated_others();
    memory[2] = emulated_others() + RESERVE;
    return 0;
}

}  // extern "C"
