// libcuda.so.1 as far as JavaCPP and this project call it. Memory is the host's; kernels run at once, under the emulation of blocks and threads.
#include "emulated.h"
#include "emulated_device.h"
#include <atomic>
#include <cstdlib>

namespace {

enum { SUCCESS = 0, OUT_OF_MEMORY = 2, NOT_FOUND = 500, LAUNCH_FAILED = 719 };
const int MOST_DEVICES = 16;

int64_t said(const char* name, int64_t otherwise) {
    const char* value = getenv(name);
    return value == nullptr ? otherwise : atoll(value);
}

std::atomic<int64_t> used[MOST_DEVICES];
thread_local int device = 0;

}  // namespace

extern "C" {

int emulated_devices() { return (int) said("EMULATED_DEVICES", 1); }
int emulated_capability() { return (int) said("EMULATED_CAPABILITY", 80); }
int emulated_device() { return device; }
void emulated_set_device(int d) { device = d; }
int64_t emulated_total() { return said("EMULATED_MIB", 65536) << 20; }
int64_t emulated_free(int d) { return emulated_total() - used[d]; }
bool emulated_take(int64_t bytes, int d) {
    if (used[d].fetch_add(bytes) + bytes <= emulated_total()) return true;
    used[d] -= bytes;
    return false;
}
void emulated_give(int64_t bytes, int d) { used[d] -= bytes; }

int cuCtxGetCurrent(void** context) {
    *context = (void*) (intptr_t) (device + 1);
    return SUCCESS;
}
int cuModuleLoadData(void** module, const void* text) {
    *module = (void*) text;
    return SUCCESS;
}
int cuModuleGetFunction(void** function, void*, const char* name) {
    auto found = emulation::kernels().find(name + 3);  // behind "rl_"
    if (found == emulation::kernels().end()) return NOT_FOUND;
    *function = (void*) &*found;
    return SUCCESS;
}
int cuLaunchKernel(void* function, unsigned x, unsigned y, unsigned, unsigned threads, unsigned, unsigned, unsigned, void*, void** arguments, void**) {
    auto kernel = (decltype(&*emulation::kernels().begin())) function;
    std::vector<long long> slots(kernel->second.parameters);
    for (size_t i = 0; i < slots.size(); i++) slots[i] = *(long long*) arguments[i];
    try {
        rl_emulate(kernel->first.c_str(), x, y, (int) threads, slots.data(), (int) slots.size());
        return SUCCESS;
    } catch (const std::exception& e) {
        fprintf(stderr, "%s: %s\n", kernel->first.c_str(), e.what());
        return LAUNCH_FAILED;
    }
}
int cuGetErrorName(int code, const char** name) {
    *name = code == LAUNCH_FAILED ? "CUDA_ERROR_LAUNCH_FAILED" : code == NOT_FOUND ? "CUDA_ERROR_NOT_FOUND" : "CUDA_ERROR_UNKNOWN";
    return SUCCESS;
}
int cuMemGetInfo_v2(size_t* free, size_t* all) {
    *all = emulated_total();
    *free = emulated_free(device);
    return SUCCESS;
}
int cuMemHostAlloc(void** memory, size_t bytes, unsigned) {
    *memory = malloc(bytes);
    return *memory == nullptr ? OUT_OF_MEMORY : SUCCESS;
}
int cuMemFreeHost(void* memory) {
    free(memory);
    return SUCCESS;
}
int cuMemcpyDtoDAsync_v2(uint64_t to, uint64_t from, size_t bytes, void*) {
    memmove((void*) to, (void*) from, bytes);
    return SUCCESS;
}
int cuMemcpyDtoHAsync_v2(void* to, uint64_t from, size_t bytes, void*) {
    memcpy(to, (void*) from, bytes);
    return SUCCESS;
}
int cuMemcpyHtoDAsync_v2(uint64_t to, const void* from, size_t bytes, void*) {
    memcpy((void*) to, from, bytes);
    return SUCCESS;
}
int cuStreamSynchronize(void*) { return SUCCESS; }

}  // extern "C"
