// Ops: before one runs in the CPU library, what it reads is brought to the device; after it, the device's memory of what it wrote is the newer one.
#include <initializer_list>
#include <map>
#include <vector>
#include "nd4j.h"

using namespace nd4j;

typedef int64_t word;  // a register or a place on the stack: every argument of these functions is one, and there are at most 20
typedef word (*Words)(word, word, word, word, word, word, word, word, word, word, word, word, word, word, word, word, word, word, word, word);

#define PARAMETERS                                                                                                                                           \
    word a0, word a1, word a2, word a3, word a4, word a5, word a6, word a7, word a8, word a9, word a10, word a11, word a12, word a13, word a14, word a15,   \
        word a16, word a17, word a18, word a19
#define ARGUMENTS a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19

// What a device does with another's memory. Java asks for errors behind ops.
static void require_here(void* buffer, const char* op) {
    if (buffer != nullptr && !of(buffer).is_here()) error = std::string(op) + ": CUDA error 700, an illegal memory access";
}
static void read_on_device(void* buffer) {
    if (buffer != nullptr) of(buffer).to_device();
}

// The older ops bring also what they write to the device, if the host has the newer one; those by name do not.
#define OP(NAME, WRITTEN, ...)                                                                      \
    extern "C" word NAME(PARAMETERS) {                                                              \
        static auto f = real<Words>(#NAME);                                                         \
        word a[] = {ARGUMENTS};                                                                     \
        {                                                                                           \
            Locked l(lock);                                                                         \
            for (int i : std::initializer_list<int>{__VA_ARGS__, WRITTEN}) {                        \
                if (a[i] != 0) of((void*) a[i]).migrate();                                          \
                read_on_device((void*) a[i]);                                                       \
                require_here((void*) a[i], #NAME);                                                  \
            }                                                                                       \
        }                                                                                           \
        word result = f(ARGUMENTS);                                                                 \
        Locked l(lock);                                                                             \
        if (a[WRITTEN] != 0) of((void*) a[WRITTEN]).device_written();                               \
        return result;                                                                              \
    }

OP(execIndexReduceScalar, 6, 2)
OP(execIndexReduce, 6, 2, 9)
OP(execBroadcast, 8, 2, 5, 11)
OP(execBroadcastBool, 8, 2, 5, 12)
OP(execPairwiseTransform, 8, 2, 5)
OP(execPairwiseTransformBool, 8, 2, 5)
OP(execReduceFloat, 6, 2)
OP(execReduceSame, 6, 2)
OP(execReduceBool, 6, 2)
OP(execReduceLong, 6, 2)
OP(execReduceFloat2, 6, 2, 9)
OP(execReduceSame2, 6, 2, 9)
OP(execReduceBool2, 6, 2, 9)
OP(execReduceLong2, 6, 2, 9)
OP(execReduce3, 9, 2, 6)
OP(execReduce3Scalar, 9, 2, 6)
OP(execReduce3Tad, 9, 2, 6, 12)
OP(execReduce3All, 9, 2, 6, 12)
OP(execScalar, 5, 2, 8)
OP(execScalarBool, 5, 2, 8)
OP(execScalarTad, 5, 2, 8, 12)
OP(execScalarBoolTad, 5, 2, 8, 12)
OP(execSummaryStatsScalar, 6, 2)
OP(execSummaryStats, 6, 2)
OP(execSummaryStatsTad, 6, 2, 9)
OP(execTransformFloat, 5, 2)
OP(execTransformSame, 5, 2)
OP(execTransformStrict, 5, 2)
OP(execTransformBool, 5, 2)
OP(execTransformAny, 5, 2)
OP(execRandom, 3, 3)
OP(execRandom2, 6, 3)
OP(execRandom3, 9, 3, 6)
OP(pullRows, 4, 1)

// Ops by name: their arrays are told to a context.
struct Arrays {
    std::map<int, void*> in, out;
};
static std::unordered_map<void*, Arrays> contexts;

extern "C" {

void setGraphContextInputBuffer(void* context, int i, void* buffer, void* shape, void* special) {
    static auto f = real<void (*)(void*, int, void*, void*, void*)>("setGraphContextInputBuffer");
    Locked l(lock);
    contexts[context].in[i] = buffer;
    f(context, i, buffer, shape, special);
}
void setGraphContextOutputBuffer(void* context, int i, void* buffer, void* shape, void* special) {
    static auto f = real<void (*)(void*, int, void*, void*, void*)>("setGraphContextOutputBuffer");
    Locked l(lock);
    contexts[context].out[i] = buffer;
    f(context, i, buffer, shape, special);
}
void setGraphContextCudaContext(void*, void*, void*, void*) {}
void ctxPurge(void* context) {
    static auto f = real<void (*)(void*)>("ctxPurge");
    Locked l(lock);
    contexts.erase(context);
    f(context);
}
void deleteGraphContext(void* context) {
    static auto f = real<void (*)(void*)>("deleteGraphContext");
    Locked l(lock);
    contexts.erase(context);
    f(context);
}
int execCustomOp2(void* extra, int64_t hash, void* context) {
    static auto f = real<int (*)(void*, int64_t, void*)>("execCustomOp2");
    Arrays arrays;
    {
        Locked l(lock);
        arrays = contexts[context];
        // What these do with another device's memory is not known; here it moves, and what is wrong there is ND4J's.
        for (auto* all : {&arrays.in, &arrays.out}) {
            for (auto& e : *all) {
                if (e.second != nullptr) of(e.second).move_here();
            }
        }
        for (auto& e : arrays.in) read_on_device(e.second);
    }
    int status = f(extra, hash, context);
    Locked l(lock);
    for (auto& e : arrays.in) {
        if (e.second != nullptr) of(e.second).device_read();
    }
    for (auto& e : arrays.out) {
        if (e.second != nullptr) of(e.second).device_written();
    }
    return status;
}

// Java gives the host's addresses, of what the host has, and then the device's.
word calculateOutputShapes2(PARAMETERS) {
    static auto f = real<Words>("calculateOutputShapes2");
    void** inputs = (void**) a2;
    int count = (int) a4;
    for (int i = 0; i < count; i++) inputs[i] = inputs[i + count];
    return f(ARGUMENTS);
}

// Ops that take addresses: the device's, where there are any.
void average(void** extra, void** x, void* shape, void** dx, void* dshape, void* z, void* zshape, void* dz, void* dzshape, int n, int64_t length, bool propagate) {
    real<void (*)(void**, void**, void*, void**, void*, void*, void*, void*, void*, int, int64_t, bool)>("average")(
        extra, dx != nullptr ? dx : x, shape, dx, dshape, dz != nullptr ? dz : z, zshape, dz, dzshape, n, length, propagate);
}
void accumulate(void** extra, void** x, void* shape, void** dx, void* dshape, void* z, void* zshape, void* dz, void* dzshape, int n, int64_t length) {
    real<void (*)(void**, void**, void*, void**, void*, void*, void*, void*, void*, int, int64_t)>("accumulate")(
        extra, dx != nullptr ? dx : x, shape, dx, dshape, dz != nullptr ? dz : z, zshape, dz, dzshape, n, length);
}
void shuffle(void** extra, void** x, void** shape, void** dx, void** dshape, void** z, void** zshape, void** dz, void** dzshape, int n, int* map, void** tads, void** offsets) {
    real<void (*)(void**, void**, void**, void**, void**, void**, void**, void**, void**, int, int*, void**, void**)>("shuffle")(
        extra, dx, shape, dx, dshape, dz, zshape, dz, dzshape, n, map, tads, offsets);
}
void sort(void** extra, void* x, void* shape, void* dx, void* dshape, bool down) {
    real<void (*)(void**, void*, void*, void*, void*, bool)>("sort")(extra, dx, shape, dx, dshape, down);
}
void sortTad(void** extra, void* x, void* shape, void* dx, void* dshape, int* along, int n, void* tads, void* offsets, bool down) {
    real<void (*)(void**, void*, void*, void*, void*, int*, int, void*, void*, bool)>("sortTad")(extra, dx, shape, dx, dshape, along, n, tads, offsets, down);
}
void tear(void** extra, void* x, void* shape, void* dshape, void** targets, void* zshape, void* tads, void* offsets) {
    {
        Locked l(lock);
        read_on_device(x);
    }
    real<void (*)(void**, void*, void*, void*, void**, void*, void*, void*)>("tear")(extra, x, shape, dshape, targets, zshape, tads, offsets);
}

}  // extern "C"
