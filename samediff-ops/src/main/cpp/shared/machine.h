// What every kernel knows whatever the instruction set: sizes, scratch memory, which set runs. Included by all.
#pragma once

#include <omp.h>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#if defined(__x86_64__)
#include <immintrin.h>
#else
#include "sse.h"
#endif
#if defined(__unix__) || defined(__APPLE__)
#include <dlfcn.h>
#endif

namespace revlayers {

typedef long long addr;  // an address or 0, or a size in elements

enum Isa { BASE = 0, AVX2 = 1, AVX512 = 2 };

inline int best_isa() {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq")
        && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("bmi2")) {
        return AVX512;
    }
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2")) {
        return AVX2;
    }
#endif
    return BASE;
}

inline int& chosen_isa() {
    static int isa = best_isa();
    return isa;
}

// How many pieces a sum over rows is cut into: a function of the rows alone, so that threads do not change the result.
inline int row_chunks(addr rows) { return rows < 64 ? 1 : rows < 1024 ? 8 : 32; }

struct NoMemory : std::exception {  // becomes Java's OutOfMemoryError
    char text[80];
    explicit NoMemory(addr bytes) { snprintf(text, sizeof text, "no %lld bytes of native memory for the scratch of a kernel", bytes); }
    const char* what() const noexcept override { return text; }
};

// Scratch memory of one call, for all its threads. An exception must not leave a parallel region: there what cannot be had is noted, its work left out,
// and check() throws behind the region.
class Scratch {
    std::atomic<addr> missing{0};

  public:
    template <class T> T* take(addr n) { return (T*) note(aligned_alloc(64, (n * (addr) sizeof(T) + 63) / 64 * 64), n * (addr) sizeof(T)); }
    template <class T> T* zeros(addr n) { return (T*) note(calloc(n, sizeof(T)), n * (addr) sizeof(T)); }
    bool lacks() const { return missing != 0; }
    void check() const {
        if (missing) throw NoMemory(missing);
    }

  private:
    void* note(void* memory, addr bytes) {
        if (!memory) missing = bytes;
        return memory;
    }
};

// Below this many elements a second thread costs more than it brings.
const addr PARALLEL_FROM = 32768;

// Elementwise work is cut into blocks of so many elements, so that codes and masks start on a byte.
const int BLOCK = 1024;

}  // namespace revlayers

