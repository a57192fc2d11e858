// The native kernels: one function per kernel, compiled for three instruction sets and picked at run time. What Java calls is declared in
// org.revlayers.internal.kernel.NativeLibrary and defined here; the contracts are those of the families' interfaces (org.revlayers.internal.kernel.*). Only fp32
// values and integer streams come here.
#pragma once
#include "shared/machine.h"

#pragma GCC push_options
#define RL_NS base
#define RL_WIDTH 4
#include "kernels.h"
#undef RL_NS
#undef RL_WIDTH

#if defined(__x86_64__)
#pragma GCC target("avx2,fma,bmi,bmi2,popcnt")
#define RL_NS avx2
#define RL_WIDTH 8
#include "kernels.h"
#undef RL_NS
#undef RL_WIDTH

#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,bmi,bmi2,popcnt,prefer-vector-width=512")
#define RL_NS avx512
#define RL_WIDTH 16
#include "kernels.h"
#undef RL_NS
#undef RL_WIDTH
#endif
#pragma GCC pop_options

#include "shared/dispatch.h"

// The core that the OpenBLAS library at this path runs for; empty if it is not loaded. Looks it up without making its symbols global:
// two copies of OpenBLAS that see each other's symbols lose a buffer with every product.
static inline const char* rl_blas_core(const char* path) {
#if defined(__unix__) || defined(__APPLE__)
    if (void* library = dlopen(path, RTLD_LAZY | RTLD_NOLOAD)) {
        auto core = reinterpret_cast<char* (*) ()>(dlsym(library, "openblas_get_corename"));
        const char* name = core ? core() : "";
        dlclose(library);
        return name;
    }
#endif
    return "";
}
// Has idle threads of the OpenBLAS library at this path look for work for 2^bits cycles, and not 2^26 on a core that others wait for; before a product runs there. False if
// it is not loaded, cannot be told, or the user's environment has.
static inline bool rl_blas_rest(const char* path, int bits) {
#if defined(__unix__) || defined(__APPLE__)
    const char* name = "OPENBLAS_THREAD_TIMEOUT";
    void* library = getenv(name) ? nullptr : dlopen(path, RTLD_LAZY | RTLD_NOLOAD);
    if (!library) {
        return false;
    }
    auto read = reinterpret_cast<void (*)()>(dlsym(library, "openblas_read_env"));
    auto end = reinterpret_cast<int (*)()>(dlsym(library, "blas_thread_shutdown_"));
    auto begin = reinterpret_cast<int (*)()>(dlsym(library, "blas_thread_init"));
    if (read && end && begin) {
        char value[16];
        snprintf(value, sizeof value, "%d", bits);
        setenv(name, value, 1);
        read();
        unsetenv(name);
        end();
        begin(); // takes what was read
    }
    dlclose(library);
    return read && end && begin;
#else
    return false;
#endif
}
static inline int rl_best_isa() { return revlayers::best_isa(); }
static inline int rl_isa() { return revlayers::chosen_isa(); }
static inline void rl_set_isa(int isa) { revlayers::chosen_isa() = isa < revlayers::best_isa() ? isa : revlayers::best_isa(); }
static inline int rl_threads() { return omp_get_max_threads(); }
static inline void rl_set_threads(int n) { omp_set_num_threads(n); }
static inline void rl_copy(long long from, long long to, long long bytes) {
    #pragma omp parallel for schedule(static)
    for (int i = 0; i < omp_get_max_threads(); i++) {
        long long each = (bytes / omp_get_max_threads() + 63) / 64 * 64, begin = i * each;
        if (begin < bytes) {
            memcpy((uint8_t*) to + begin, (const uint8_t*) from + begin, begin + each < bytes ? each : bytes - begin);
        }
    }
}


RL_KERNEL(activation)
RL_KERNEL(activation_backward)
RL_KERNEL(code_backward)
RL_KERNEL(relu)
RL_KERNEL(relu_backward)
RL_KERNEL(mask_backward)
RL_KERNEL(dropout)

RL_KERNEL(norm)
RL_KERNEL(norm_replay)
RL_KERNEL(norm_backward)

RL_KERNEL(add_bias)
RL_KERNEL(column_sums)
RL_KERNEL(scatter_add)
RL_KERNEL(strided_copy)

RL_KERNEL(max_pool)
RL_KERNEL(max_pool_backward)

RL_KERNEL(attention)
RL_KERNEL(attention_backward)
RL_KERNEL(softmax)
RL_KERNEL(softmax_backward)

RL_KERNEL(channel_norm)
RL_KERNEL(channel_norm_backward)
RL_KERNEL(channel_add_bias)
RL_KERNEL(channel_sums)

RL_KERNEL(stream_start)
RL_KERNEL(stream_values)
RL_KERNEL(stream_scale)
RL_KERNEL(stream_couple)
RL_KERNEL(stream_restore_input)
RL_KERNEL(stream_restore_previous)
RL_KERNEL(stream_checksum)
RL_KERNEL(stream_sum)
RL_KERNEL(stream_difference)

RL_KERNEL(razor_thresholds)
RL_KERNEL(razor_compress)
RL_KERNEL(razor_decompress)
RL_KERNEL(razor_sides)
RL_KERNEL(razor_fill)
RL_KERNEL(razor_weight_gradient)
