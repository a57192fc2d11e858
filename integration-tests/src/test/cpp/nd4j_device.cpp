// The device as ND4J's Java sees it: memory, streams that have done their work when a call returns, shapes and constants.
#include <immintrin.h>
#include <link.h>
#include <vector>
#include "nd4j.h"

using namespace nd4j;

namespace {

const int64_t HEADER = 16;  // in front of the device's memory: its bytes, and its device

struct Constant {
    std::vector<char> data;
    int64_t length;
};

__attribute__((target("f16c"))) uint16_t half(float v) { return _cvtss_sh(v, 0); }
uint16_t brain(float v) {
    uint32_t bits;
    memcpy(&bits, &v, sizeof v);
    return (uint16_t) ((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}
template <class T> void put(char* to, int type, T v) {
    switch (type) {
        case 1: *to = v != 0; break;
        case 3: *(uint16_t*) to = half((float) v); break;
        case 5: *(float*) to = (float) v; break;
        case 6: *(double*) to = (double) v; break;
        case 7: case 11: *to = (char) (int64_t) v; break;
        case 8: case 12: *(int16_t*) to = (int16_t) v; break;
        case 9: case 13: *(int32_t*) to = (int32_t) v; break;
        case 10: case 14: *(int64_t*) to = (int64_t) v; break;
        case 17: *(uint16_t*) to = brain((float) v); break;
        default: fprintf(stderr, "a constant of type %d\n", type); abort();
    }
}
template <class T> Constant* constant(int type, const T* from, int length) {
    Constant* c = new Constant{std::vector<char>((size_t) length * width(type)), length};
    for (int i = 0; i < length; i++) put(c->data.data() + (size_t) i * width(type), type, from[i]);
    return c;
}

struct Range {
    uintptr_t from = 0, to = 0;
};
int find(dl_phdr_info* info, size_t, void* out) {
    if (strstr(info->dlpi_name, "libnd4jcpu") == nullptr) return 0;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const auto& part = info->dlpi_phdr[i];
        if (part.p_type == PT_LOAD && (part.p_flags & PF_X)) {
            uintptr_t from = info->dlpi_addr + part.p_vaddr;
            *(Range*) out = {from, from + part.p_memsz};
        }
    }
    return 1;
}

int64_t thing[8];      // stands for contexts and events
void* handle = thing;  // and for streams and libraries' handles, which are read through a pointer

}  // namespace

namespace sd {
struct Environment {
    bool isCPU();
};
// What Java asks; the CPU library's own code gets its own answer.
__attribute__((noinline)) bool Environment::isCPU() {
    static const Range cpu = [] {
        Range range;
        dl_iterate_phdr(find, &range);
        return range;
    }();
    uintptr_t from = (uintptr_t) __builtin_return_address(0);
    return from >= cpu.from && from < cpu.to;
}
}  // namespace sd

extern "C" {

void* constantBufferLong(int type, const int64_t* from, int length) { return constant(type, from, length); }
void* constantBufferDouble(int type, const double* from, int length) { return constant(type, from, length); }
void* getConstantDataBufferPrimary(void* c) { return ((Constant*) c)->data.data(); }
void* getConstantDataBufferSpecial(void* c) { return ((Constant*) c)->data.data(); }
int64_t getConstantDataBufferLength(void* c) { return ((Constant*) c)->length; }
void deleteConstantDataBuffer(void*) {}  // Java keeps what it points to
void* getConstantShapeBufferSpecial(void* b) { return real<void* (*)(void*)>("getConstantShapeBufferPrimary")(b); }
void* getSpecialShapeInfo(void* tads) { return real<void* (*)(void*)>("getPrimaryShapeInfo")(tads); }
void* getSpecialOffsets(void* tads) { return real<void* (*)(void*)>("getPrimaryOffsets")(tads); }
void* getConstantSpace() {
    static char space[1 << 16];
    return space;
}
int memcpyConstantAsync(int64_t to, void* from, int64_t bytes, int, void*) {
    memcpy((char*) getConstantSpace() + to, from, bytes);
    return 1;
}

void* mallocHost(int64_t bytes, int) { return malloc(bytes); }
int freeHost(void* memory) {
    free(memory);
    return 1;
}
void* mallocDevice(int64_t bytes, int, int) {
    int device = emulated_device();
    if (!emulated_take(bytes, device)) return nullptr;
    char* whole = (char*) malloc(bytes + HEADER);
    memset(whole, UNINITIALISED, bytes + HEADER);
    ((int64_t*) whole)[0] = bytes;
    ((int64_t*) whole)[1] = device;
    emulated_place(whole + HEADER, bytes, device);
    return whole + HEADER;
}
int freeDevice(void* memory, int) {
    int64_t* whole = (int64_t*) ((char*) memory - HEADER);
    emulated_give(whole[0], (int) whole[1]);
    emulated_forget(memory);
    free(whole);
    return 1;
}
int memcpySync(void* to, void* from, int64_t bytes, int, void*) {
    memcpy(to, from, bytes);
    return 1;
}
int memcpyAsync(void* to, void* from, int64_t bytes, int, void*) {
    memcpy(to, from, bytes);
    return 1;
}
int memsetSync(void* to, int value, int64_t bytes, int, void*) {
    memset(to, value, bytes);
    return 1;
}
int memsetAsync(void* to, int value, int64_t bytes, int, void*) {
    memset(to, value, bytes);
    return 1;
}

void* createContext() { return thing; }
void* createStream() { return thing; }
void* createEvent() { return thing; }
int registerEvent(void*, void*) { return 1; }
int destroyEvent(void*) { return 1; }
int streamSynchronize(void*) { return 1; }
int eventSynchronize(void*) { return 1; }
void* lcScalarPointer(void*) { return thing; }
void* lcReductionPointer(void*) { return thing; }
void* lcAllocationPointer(void*) { return thing; }
void* lcExecutionStream(void*) { return &handle; }
void* lcCopyStream(void*) { return &handle; }
void* lcBlasHandle(void*) { return &handle; }
void* lcSolverHandle(void*) { return &handle; }

int setDevice(int device) {
    emulated_set_device(device);
    return 1;
}
int getDevice() { return emulated_device(); }
int getAvailableDevices() { return emulated_devices(); }
int64_t getDeviceFreeMemory(int device) { return emulated_free(device); }
int64_t getDeviceFreeMemoryDefault() { return emulated_free(emulated_device()); }
int64_t getDeviceTotalMemory(int) { return emulated_total(); }
int getDeviceMajor(int) { return emulated_capability() / 10; }
int getDeviceMinor(int) { return emulated_capability() % 10; }
const char* getDeviceName(int) { return "emulated on the host"; }
bool isP2PAvailable() { return false; }
void enableP2P(bool) {}
void checkP2P() {}
bool isBlasVersionMatches(int, int, int) { return true; }

int lastErrorCode() { return error.empty() ? real<int (*)()>("lastErrorCode")() : 1; }
const char* lastErrorMessage() {
    static thread_local std::string said;
    if (error.empty()) return real<const char* (*)()>("lastErrorMessage")();
    said.swap(error);
    error.clear();
    return said.c_str();
}

}  // extern "C"
