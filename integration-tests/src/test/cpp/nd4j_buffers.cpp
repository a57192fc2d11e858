// Buffers of two memories.
#include "nd4j.h"

namespace nd4j {

std::recursive_mutex lock;
std::unordered_map<void*, Twin> twins;
thread_local std::string error;

static char* real_memory(void* buffer) {
    static auto f = real<char* (*)(void*)>("dbPrimaryBuffer");
    return f(buffer);
}
static Twin& known(void* buffer, int64_t elements, int type) {
    Twin t;
    t.width = width(type);
    t.bytes = (size_t) elements * t.width;
    t.device = real_memory(buffer);
    t.id = emulated_device();
    return twins[root(buffer)] = t;
}
static void* allocated(int64_t elements, int type) {
    static auto f = real<void* (*)(int64_t, int, bool)>("allocateDataBuffer");
    return f(elements, type, false);
}

}  // namespace nd4j

using namespace nd4j;

extern "C" {

void* allocateDataBuffer(int64_t elements, int type, bool both) {
    Locked l(lock);
    int64_t bytes = elements * width(type);
    if (!emulated_take(bytes, emulated_device())) {
        error = "an emulated device is out of memory: " + std::to_string(bytes) + " bytes";
        return nullptr;
    }
    void* buffer = allocated(elements, type);
    Twin& t = known(buffer, elements, type);
    t.taken = bytes;
    emulated_place(t.device, bytes, t.id);
    if (t.device != nullptr) memset(t.device, UNINITIALISED, bytes);
    if (both) t.need_host();
    return buffer;
}
void* dbAllocateDataBuffer(int64_t elements, int type, bool both) { return allocateDataBuffer(elements, type, both); }
void* dbCreateExternalDataBuffer(int64_t elements, int type, void* host, void* device) {
    static auto f = real<void* (*)(int64_t, int, void*, void*)>("dbCreateExternalDataBuffer");
    Locked l(lock);
    bool of_host = device == nullptr && elements > 0;
    void* buffer = of_host ? allocated(elements, type) : f(elements, type, device, nullptr);
    Twin& t = known(buffer, elements, type);
    t.host = (char*) host;
    if (of_host) t.wrote_host = ++t.counter;
    else t.device = (char*) device;
    return buffer;
}
void* dbCreateView(void* buffer, int64_t bytes, int64_t offset) {
    static auto f = real<void* (*)(void*, int64_t, int64_t)>("dbCreateView");
    Locked l(lock);
    void* view = f(buffer, bytes, offset);
    of(view).views++;
    return view;
}
void* dbPrimaryBuffer(void* buffer) {
    Locked l(lock);
    Twin& t = of(buffer);
    return t.host == nullptr ? nullptr : t.host + (real_memory(buffer) - t.device);
}
void* dbSpecialBuffer(void* buffer) { return real_memory(buffer); }
void dbExpand(void* buffer, int64_t elements) {
    static auto f = real<void (*)(void*, int64_t)>("dbExpand");
    Locked l(lock);
    Twin& t = of(buffer);
    size_t bytes = elements * t.width;
    if (bytes <= t.bytes) return;
    emulated_forget(t.device);
    f(buffer, elements);
    t.device = real_memory(buffer);
    emulated_place(t.device, bytes, t.id);
    if (t.own_host) t.host = (char*) realloc(t.host, bytes);
    t.bytes = bytes;
}
void dbAllocatePrimaryBuffer(void* buffer) {
    Locked l(lock);
    of(buffer).need_host();
}
void dbAllocateSpecialBuffer(void*) {}  // is there from the start
void dbSetPrimaryBuffer(void* buffer, void* memory, int64_t elements) {
    Locked l(lock);
    Twin& t = of(buffer);
    if (t.own_host) free(t.host);
    t.host = (char*) memory;
    t.own_host = false;
    t.bytes = elements * t.width;
}
void dbSetSpecialBuffer(void* buffer, void* memory, int64_t elements) {
    static auto f = real<void (*)(void*, void*, int64_t)>("dbSetPrimaryBuffer");
    Locked l(lock);
    f(buffer, memory, elements);
    of(buffer).device = (char*) memory;
    of(buffer).bytes = elements * of(buffer).width;
}
void dbSyncToSpecial(void* buffer) {
    Locked l(lock);
    of(buffer).to_device();
}
void dbSyncToPrimary(void* buffer) {
    Locked l(lock);
    of(buffer).to_host();
}
void dbTickHostRead(void* buffer) {
    Locked l(lock);
    of(buffer).read_host = ++of(buffer).counter;
}
void dbTickHostWrite(void* buffer) {
    Locked l(lock);
    of(buffer).wrote_host = ++of(buffer).counter;
}
void dbTickDeviceRead(void* buffer) {
    Locked l(lock);
    of(buffer).device_read();
}
void dbTickDeviceWrite(void* buffer) {
    Locked l(lock);
    of(buffer).device_written();
}
void dbClose(void* buffer) {
    static auto f = real<void (*)(void*)>("dbClose");
    Locked l(lock);
    Twin& t = of(buffer);
    t.free_own();
    t.device = nullptr;
    t.bytes = 0;
    f(buffer);
}
void deleteDataBuffer(void* buffer) {
    static auto f = real<void (*)(void*)>("deleteDataBuffer");
    Locked l(lock);
    auto it = twins.find(root(buffer));
    if (--it->second.views == 0) {
        it->second.free_own();
        twins.erase(it);
    }
    f(buffer);
}
int dbLocality(void* buffer) {
    Locked l(lock);
    bool host = of(buffer).host_is_actual(), device = of(buffer).device_is_actual();
    return host && device ? 0 : host ? -1 : 1;
}
int dbDeviceId(void* buffer) {
    Locked l(lock);
    return of(buffer).id;
}
void dbSetDeviceId(void* buffer, int device) {
    Locked l(lock);
    of(buffer).id = device;
}

}  // extern "C"
