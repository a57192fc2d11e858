// The native kernels: one C-like function per kernel, arrays given by address, each compiled for three instruction sets and
// dispatched at run time. The contracts are those of org.revlayers.kernel.Kernels and StreamKernels; only fp32 and integer
// streams come here.
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

struct Channels {  // batch normalisation over [batch, channels, inner]
    const float *x, *gamma, *beta;  // gamma, beta: or null
    float *mean, *variance;
    addr batch, channels, inner;
    double eps;
};

struct Razor {  // RazorLayout and what is stored by it; format: the ordinal of RazorValues, all: RazorTies.ALL
    addr batch, per_sample, rank, room;
    int format;
    bool all;
    uint8_t *bitmap, *values;
    float* ranges;
};

struct Heads {  // HeadView: address of the first vector and strides in elements
    float* data;
    addr batch, head, token;
    float* at(addr b, addr h, addr t) const { return data + b * batch + h * head + t * token; }
};

struct Attention {
    int batch, heads, queries, keys, dim;
    float scale;
    bool causal;
};

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

}  // namespace revlayers

#pragma GCC push_options
#define RL_NS base
#define RL_WIDTH 4
#include "kernels.inc"
#undef RL_NS
#undef RL_WIDTH

#if defined(__x86_64__)
#pragma GCC target("avx2,fma,bmi,bmi2,popcnt")
#define RL_NS avx2
#define RL_WIDTH 8
#include "kernels.inc"
#undef RL_NS
#undef RL_WIDTH

#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,bmi,bmi2,popcnt,prefer-vector-width=512")
#define RL_NS avx512
#define RL_WIDTH 16
#include "kernels.inc"
#undef RL_NS
#undef RL_WIDTH
#endif
#pragma GCC pop_options

#if defined(__x86_64__)
#define RL_CALL(call)                                     \
    switch (revlayers::chosen_isa()) {                    \
        case revlayers::AVX512: revlayers::avx512::call; break; \
        case revlayers::AVX2: revlayers::avx2::call; break;     \
        default: revlayers::base::call;                   \
    }
#else
#define RL_CALL(call) revlayers::base::call
#endif

static inline float* rl_f(long long a) { return reinterpret_cast<float*>(a); }
static inline uint8_t* rl_b(long long a) { return reinterpret_cast<uint8_t*>(a); }
static inline int* rl_i(long long a) { return reinterpret_cast<int*>(a); }

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
            memcpy(rl_b(to) + begin, rl_b(from) + begin, begin + each < bytes ? each : bytes - begin);
        }
    }
}

static inline void rl_activation(int curve, float c1, float c2, float c3, long long x, long long bias, long long pre,
        long long y, long long code, long long n, long long cols) {
    RL_CALL(activation(curve, c1, c2, c3, rl_f(x), rl_f(bias), rl_f(pre), rl_f(y), rl_b(code), n, cols));
}
static inline void rl_activation_backward(int curve, long long x, long long dy, long long dx, long long n) {
    RL_CALL(activation_backward(curve, rl_f(x), rl_f(dy), rl_f(dx), n));
}
static inline void rl_code_backward(float l1, float l2, long long code, long long dy, long long dx, long long n) {
    RL_CALL(code_backward(l1, l2, rl_b(code), rl_f(dy), rl_f(dx), n));
}
static inline void rl_relu(long long x, long long y, long long mask, long long n) {
    RL_CALL(relu(rl_f(x), rl_f(y), rl_b(mask), n));
}
static inline void rl_mask_backward(long long mask, float scale, long long dy, long long dx, long long n) {
    RL_CALL(mask_backward(rl_b(mask), scale, rl_f(dy), rl_f(dx), n));
}
static inline void rl_dropout(long long x, int threshold, float scale, long long seed, long long y, long long mask, long long n) {
    RL_CALL(dropout(rl_f(x), (uint32_t) threshold, scale, (uint64_t) seed, rl_f(y), rl_b(mask), n));
}
static inline void rl_norm(bool center, float eps, long long x, long long bias, long long residual, long long sum,
        long long gamma, long long beta, long long y, long long mean, long long rstd, long long rows, long long cols) {
    RL_CALL(norm(center, eps, rl_f(x), rl_f(bias), rl_f(residual), rl_f(sum), rl_f(gamma), rl_f(beta), rl_f(y), rl_f(mean),
            rl_f(rstd), rows, cols));
}
static inline void rl_norm_replay(long long x, long long mean, long long rstd, long long gamma, long long beta, long long y,
        long long rows, long long cols) {
    RL_CALL(norm_replay(rl_f(x), rl_f(mean), rl_f(rstd), rl_f(gamma), rl_f(beta), rl_f(y), rows, cols));
}
static inline void rl_norm_backward(bool center, bool from_input, long long kept, long long mean, long long rstd,
        long long gamma, long long dy, long long residual, long long dx, long long dgamma, long long dbeta, long long rows,
        long long cols) {
    RL_CALL(norm_backward(center, from_input, rl_f(kept), rl_f(mean), rl_f(rstd), rl_f(gamma), rl_f(dy), rl_f(residual),
            rl_f(dx), rl_f(dgamma), rl_f(dbeta), rows, cols));
}
static inline void rl_add_bias(long long x, long long bias, long long rows, long long cols) {
    RL_CALL(add_bias(rl_f(x), rl_f(bias), rows, cols));
}
static inline void rl_column_sums(long long x, long long out, long long rows, long long cols) {
    RL_CALL(column_sums(rl_f(x), rl_f(out), rows, cols));
}
static inline void rl_softmax(long long x, long long y, long long rows, long long cols) {
    RL_CALL(softmax(rl_f(x), rl_f(y), rows, cols));
}
static inline void rl_softmax_backward(long long y, long long dy, long long dx, long long rows, long long cols) {
    RL_CALL(softmax_backward(rl_f(y), rl_f(dy), rl_f(dx), rows, cols));
}
static inline void rl_channel_norm(bool given, bool relu, double eps, long long x, long long gamma, long long beta, long long mean,
        long long variance, long long y, long long batch, long long channels, long long inner) {
    revlayers::Channels s = {rl_f(x), rl_f(gamma), rl_f(beta), rl_f(mean), rl_f(variance), batch, channels, inner, eps};
    RL_CALL(channel_norm(s, given, relu, rl_f(y)));
}
static inline void rl_channel_norm_backward(bool constant, bool relu, double eps, long long x, long long gamma, long long beta,
        long long mean, long long variance, long long dy, long long dx, long long dgamma, long long dbeta, long long batch,
        long long channels, long long inner) {
    revlayers::Channels s = {rl_f(x), rl_f(gamma), rl_f(beta), rl_f(mean), rl_f(variance), batch, channels, inner, eps};
    RL_CALL(channel_norm_backward(s, constant, relu, rl_f(dy), rl_f(dx), rl_f(dgamma), rl_f(dbeta)));
}
static inline void rl_channel_add_bias(long long x, long long bias, long long batch, long long channels, long long inner) {
    RL_CALL(channel_add_bias(rl_f(x), rl_f(bias), batch, channels, inner));
}
static inline void rl_channel_sums(long long x, long long out, long long batch, long long channels, long long inner) {
    revlayers::Channels s = {rl_f(x), nullptr, nullptr, nullptr, nullptr, batch, channels, inner, 0};
    RL_CALL(channel_sums(s, rl_f(out)));
}
static inline void rl_relu_backward(long long y, long long dy, long long dx, long long n) {
    RL_CALL(relu_backward(rl_f(y), rl_f(dy), rl_f(dx), n));
}

// The largest number of elements of a sample that reach its threshold.
static inline long long rl_razor_thresholds(long long x, long long batch, long long per_sample, long long rank, long long tau) {
    revlayers::addr largest;
    RL_CALL(razor_thresholds(rl_f(x), batch, per_sample, rank, rl_f(tau), &largest));
    return largest;
}
// The largest number of values of a sample; those of a sample that has no room for them are left out.
static inline long long rl_razor_compress(long long batch, long long per_sample, long long rank, long long room, int format, bool all,
        long long x, long long bitmap, long long values, long long ranges) {
    revlayers::Razor r = {batch, per_sample, rank, room, format, all, rl_b(bitmap), rl_b(values), rl_f(ranges)};
    revlayers::addr largest;
    RL_CALL(razor_compress(r, rl_f(x), &largest));
    return largest;
}
static inline long long rl_razor_decompress(long long batch, long long per_sample, long long room, int format, long long bitmap,
        long long values, long long ranges, long long x) {
    revlayers::Razor r = {batch, per_sample, 0, room, format, false, rl_b(bitmap), rl_b(values), rl_f(ranges)};
    revlayers::addr largest;
    RL_CALL(razor_decompress(r, rl_f(x), &largest));
    return largest;
}
static inline void rl_razor_sides(long long batch, long long per_sample, long long x, long long bitmap, long long positive, long long means) {
    revlayers::Razor r = {batch, per_sample, 0, 0, 0, false, rl_b(bitmap), nullptr, nullptr};
    RL_CALL(razor_sides(r, rl_f(x), rl_b(positive), rl_f(means)));
}
static inline void rl_razor_fill(long long batch, long long per_sample, long long bitmap, long long positive, long long means, long long x) {
    revlayers::Razor r = {batch, per_sample, 0, 0, 0, false, rl_b(bitmap), nullptr, nullptr};
    RL_CALL(razor_fill(r, rl_b(positive), rl_f(means), rl_f(x)));
}
static inline long long rl_razor_weight_gradient(long long batch, long long per_sample, long long room, int format, long long bitmap,
        long long values, long long ranges, long long in, long long out, long long dy, long long dw, bool accumulate) {
    revlayers::Razor r = {batch, per_sample, 0, room, format, false, rl_b(bitmap), rl_b(values), rl_f(ranges)};
    revlayers::addr largest;
    RL_CALL(razor_weight_gradient(r, in, out, rl_f(dy), rl_f(dw), accumulate, &largest));
    return largest;
}

// views: {address, batch stride, head stride, token stride} of each tensor, one after the other.
static inline revlayers::Heads rl_heads(const long long* v) { return {rl_f(v[0]), v[1], v[2], v[3]}; }
static inline void rl_attention(int batch, int heads, int queries, int keys, int dim, float scale, bool causal,
        const long long* views, long long key_mask, long long lse, long long probs) {
    revlayers::Attention s = {batch, heads, queries, keys, dim, scale, causal};
    RL_CALL(attention(s, rl_heads(views), rl_heads(views + 4), rl_heads(views + 8), rl_f(key_mask), rl_heads(views + 12),
            rl_f(lse), rl_f(probs)));
}
static inline void rl_attention_backward(int batch, int heads, int queries, int keys, int dim, float scale, bool causal,
        const long long* views, long long key_mask, long long lse, long long probs) {
    revlayers::Attention s = {batch, heads, queries, keys, dim, scale, causal};
    RL_CALL(attention_backward(s, rl_heads(views), rl_heads(views + 4), rl_heads(views + 8), rl_f(key_mask),
            rl_heads(views + 12), rl_f(lse), rl_f(probs), rl_heads(views + 16), rl_heads(views + 20), rl_heads(views + 24),
            rl_heads(views + 28)));
}

// alpha = a/q, beta = b/q, inverse = q/b, unit = 2^S, resolution = 2^-S; width: side bits per element. The largest integer met, or
// the largest of its type where one did not fit.
static inline long long rl_largest(double worst) { return worst <= 2147483647.0 ? (long long) worst : INT64_MAX; }
static inline long long rl_stream_start(long long x, double unit, long long X, long long n) {
    double worst;
    RL_CALL(stream_start(rl_f(x), unit, rl_i(X), n, &worst));
    return rl_largest(worst);
}
static inline void rl_stream_values(long long X, double resolution, long long x, long long n) {
    RL_CALL(stream_values(rl_i(X), resolution, rl_f(x), n));
}
static inline void rl_stream_scale(long long X, double beta, long long Y, long long n) {
    RL_CALL(stream_scale(rl_i(X), beta, rl_i(Y), n));
}
static inline long long rl_stream_couple(long long f, long long X, long long Y, double alpha, double beta, double inverse,
        double unit, int width, long long side, long long next, long long n) {
    double worst;
    RL_CALL(stream_couple(rl_f(f), rl_i(X), rl_i(Y), alpha, beta, inverse, unit, width, rl_b(side), rl_f(next), n, &worst));
    return rl_largest(worst);
}
static inline void rl_stream_restore_input(long long Y, long long side, int width, double inverse, double resolution,
        long long x, long long n) {
    RL_CALL(stream_restore_input(rl_i(Y), rl_b(side), width, inverse, resolution, rl_f(x), n));
}
static inline void rl_stream_restore_previous(long long Xp, long long X, long long f, double alpha, double unit, long long n) {
    RL_CALL(stream_restore_previous(rl_i(Xp), rl_i(X), rl_f(f), alpha, unit, n));
}
static inline long long rl_stream_checksum(long long data, long long bytes) {
    uint64_t sum;
    RL_CALL(stream_checksum(rl_b(data), bytes, &sum));
    return (long long) sum;
}
static inline void rl_stream_sum(long long f, float alpha, long long x, float beta, long long y, long long out, long long n) {
    RL_CALL(stream_sum(rl_f(f), alpha, rl_f(x), beta, rl_f(y), rl_f(out), n));
}
static inline void rl_stream_difference(long long y, long long f, float alpha, long long x, long long out, long long n) {
    RL_CALL(stream_difference(rl_f(y), rl_f(f), alpha, rl_f(x), rl_f(out), n));
}
