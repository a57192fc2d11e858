// libcuda.so.1 as far as JavaCPP and this project call it. Memory is the host's; kernels run at once, under the emulation of blocks and threads.
#include "emulated.h"
#include "emulated_device.h"
#include <atomic>
#include <cstdlib>
#include <iterator>
#include <map>
#include <mutex>

namespace {

enum { SUCCESS = 0, OUT_OF_MEMORY = 2, NOT_FOUND = 500, ILLEGAL_ADDRESS = 700, LAUNCH_FAILED = 719 };
const int MOST_DEVICES = 16;

int64_t said(const char* name, int64_t otherwise) {
    const char* value = getenv(name);
    return value == nullptr ? otherwise : atoll(value);
}

std::atomic<int64_t> used[MOST_DEVICES];
thread_local int device = 0;

struct Place {
    int64_t bytes;
    int device;
};
std::mutex lock;
std::map<uintptr_t, Place> places;

bool is_here(uint64_t address) { return emulated_device_of((void*) address) == device; }

}  // namespace

extern "C" {

int emulated_devices() { return (int) said("EMULATED_DEVICES", 1); }
int emulated_capability() { return (int) said("EMULATED_CAPABILITY", 80); }
int emulated_device() { return device; }
void emulated_set_device(int d) { device = d; }
int64_t emulated_total() { return said("EMULATED_MIB", 65536) << 20; }
int64_t emulated_others() { return said("EMULATED_OTHERS_MIB", 0) << 20; }
int64_t emulated_free(int d) { return emulated_total() - emulated_others() - used[d]; }
bool emulated_take(int64_t bytes, int d) {
    if (used[d].fetch_add(bytes) + bytes <= emulated_total() - emulated_others()) return true;
    used[d] -= bytes;
    return false;
}
void emulated_give(int64_t bytes, int d) { used[d] -= bytes; }
void emulated_place(void* memory, int64_t bytes, int d) {
    std::lock_guard<std::mutex> l(lock);
    if (memory != nullptr && bytes > 0) places[(uintptr_t) memory] = {bytes, d};
}
void emulated_forget(void* memory) {
    std::lock_guard<std::mutex> l(lock);
    places.erase((uintptr_t) memory);
}
int emulated_device_of(const void* memory) {
    std::lock_guard<std::mutex> l(lock);
    auto after = places.upper_bound((uintptr_t) memory);
    if (after == places.begin()) return device;
    auto place = std::prev(after);
    return (uintptr_t) memory < place->first + place->second.bytes ? place->second.device : device;
}

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
    for (size_t i = 0; i < slots.size(); i++) {
        slots[i] = *(long long*) arguments[i];
        if (!is_here(slots[i])) return ILLEGAL_ADDRESS;
    }
    try {
        rl_emulate(kernel->first.c_str(), x, y, (int) threads, slots.data(), (int) slots.size());
        return SUCCESS;
    } catch (const std::exception& e) {
        fprintf(stderr, "%s: %s\n", kernel->first.c_str(), e.what());
        return LAUNCH_FAILED;
    }
}
int cuGetErrorName(int code, const char** name) {
    *name = code == ILLEGAL_ADDRESS ? "CUDA_ERROR_ILLEGAL_ADDRESS" : code == LAUNCH_FAILED ? "CUDA_ERROR_LAUNCH_FAILED" : code == NOT_FOUND ? "CUDA_ERROR_NOT_FOUND" : "CUDA_ERROR_UNKNOWN";
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
    if (!is_here(to) || !is_here(from)) return ILLEGAL_ADDRESS;
    memmove((void*) to, (void*) from, bytes);
    return SUCCESS;
}
int cuMemcpyDtoHAsync_v2(void* to, uint64_t from, size_t bytes, void*) {
    if (!is_here(from)) return ILLEGAL_ADDRESS;
    memcpy(to, (void*) from, bytes);
    return SUCCESS;
}
int cuMemcpyHtoDAsync_v2(uint64_t to, const void* from, size_t bytes, void*) {
    if (!is_here(to)) return ILLEGAL_ADDRESS;
    memcpy((void*) to, from, bytes);
    return SUCCESS;
}
int cuPointerGetAttribute(void* value, int, uint64_t memory) {
    *(int*) value = emulated_device_of((void*) memory);
    return SUCCESS;
}
int cuStreamSynchronize(void*) { return SUCCESS; }

}  // extern "C"
