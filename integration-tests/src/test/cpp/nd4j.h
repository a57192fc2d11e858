// ND4J's native library as its CUDA backend calls it, over the library of the CPU backend. Every buffer has two memories, the host's and one that stands for
// the device's, in which the CPU library's ops run; which is the newer one is told by the counters of libnd4j's DataBuffer, so that copies go stale as on a
// device. What is new is full of 0xFF, which is NaN.
#pragma once
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <mutex>
#include <string>
#include <unordered_map>
#include "emulated_device.h"

namespace nd4j {

// A function of the CPU library.
template <class F> F real(const char* name) {
    static void* library = dlopen("libnd4jcpu.so", RTLD_NOW | RTLD_NOLOAD);
    void* f = library == nullptr ? nullptr : dlsym(library, name);
    if (f == nullptr) {
        fprintf(stderr, "libnd4jcpu.so has no %s\n", name);
        abort();
    }
    return (F) f;
}

const int UNINITIALISED = 0xFF;

struct Twin {
    char* host = nullptr;
    bool own_host = false;
    char* device = nullptr;  // the CPU library's, or a workspace's
    int64_t taken = 0;       // bytes of the device that are its own
    size_t bytes = 0, width = 1;
    int id = 0;  // the number that ND4J has; its own ops move memory to another device and leave it as it is
    int views = 1;
    uint64_t counter = 0, wrote_host = 0, wrote_device = 0, read_host = 0, read_device = 0;

    bool host_is_actual() const { return wrote_host > wrote_device || read_host > wrote_device; }
    bool device_is_actual() const { return wrote_device > wrote_host || read_device > wrote_host; }
    void need_host() {
        if (host != nullptr || bytes == 0) return;
        host = (char*) malloc(bytes);
        memset(host, UNINITIALISED, bytes);
        own_host = true;
    }
    void to_host() {
        if (host_is_actual()) return;
        need_host();
        if (device != nullptr && host != device) memcpy(host, device, bytes);
        read_host = ++counter;
    }
    void to_device() {
        if (host == nullptr || device_is_actual()) return;
        if (device != nullptr && host != device) memcpy(device, host, bytes);
        read_device = ++counter;
    }
    void device_written() { wrote_device = ++counter; }
    void device_read() { read_device = ++counter; }
    // An older op does so with what is not of its device's number.
    void migrate() {
        if (id != emulated_device()) move_here();
    }
    void move_here() {
        if (is_here()) return;
        int to = emulated_device();
        emulated_give(taken, emulated_device_of(device));
        emulated_take(taken, to);
        emulated_place(device, bytes, to);
    }
    bool is_here() const { return device == nullptr || emulated_device_of(device) == emulated_device(); }
    void free_own() {
        if (own_host) free(host);
        host = nullptr;
        own_host = false;
        if (taken > 0) {
            emulated_give(taken, emulated_device_of(device));
            emulated_forget(device);
        }
        taken = 0;
    }
};

extern std::recursive_mutex lock;
typedef std::lock_guard<std::recursive_mutex> Locked;
extern std::unordered_map<void*, Twin> twins;
extern thread_local std::string error;  // what the next question for one hears

// A buffer that Java holds is a shared_ptr to what its views have in common, and an offset.
inline void* root(void* buffer) { return *(void**) buffer; }
inline Twin& of(void* buffer) { return twins.at(root(buffer)); }

inline int width(int type) {
    switch (type) {
        case 3: case 8: case 12: case 17: return 2;  // HALF, INT16, UINT16, BFLOAT16
        case 5: case 9: case 13: return 4;           // FLOAT, INT32, UINT32
        case 6: case 10: case 14: return 8;          // DOUBLE, INT64, UINT64
        default: return 1;
    }
}

}  // namespace nd4j
