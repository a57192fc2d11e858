// Vectors of W floats by GCC's vector extension, masks and packed bits by intrinsics where the machine has them.
// Part of each instruction set: included by kernels.h and by headers that need it, in any order.
#ifndef RL_SIMD_H
#define RL_SIMD_H
#include "shared/machine.h"

namespace revlayers {
namespace RL_NS {

const int W = RL_WIDTH;
typedef float vf __attribute__((vector_size(RL_WIDTH * 4), aligned(4), may_alias));
typedef int vi __attribute__((vector_size(RL_WIDTH * 4), aligned(4), may_alias));
typedef unsigned vu __attribute__((vector_size(RL_WIDTH * 4), aligned(4), may_alias));
typedef unsigned long long vl __attribute__((vector_size(RL_WIDTH * 4), may_alias));

#if RL_WIDTH == 16
typedef __m512 mf;
typedef __m512i mi;
#define RL_MM(op) _mm512_##op
#define RL_LANES(f) (vi){f(0), f(1), f(2), f(3), f(4), f(5), f(6), f(7), f(8), f(9), f(10), f(11), f(12), f(13), f(14), f(15)}
#elif RL_WIDTH == 8
typedef __m256 mf;
typedef __m256i mi;
#define RL_MM(op) _mm256_##op
#define RL_LANES(f) (vi){f(0), f(1), f(2), f(3), f(4), f(5), f(6), f(7)}
#else
typedef __m128 mf;
typedef __m128i mi;
#define RL_MM(op) _mm_##op
#define RL_LANES(f) (vi){f(0), f(1), f(2), f(3)}
#endif

#define RL_ITSELF(lane) lane
#define RL_BIT(lane) 1 << (lane)
static const vi LANE = RL_LANES(RL_ITSELF);

#define RL_INLINE static inline
static inline vf splat(float v) { return v - (vf){}; }
static inline vi bits_of(vf v) { return (vi) v; }
static inline vf number_of(vi bits) { return (vf) bits; }
static inline vf load(const float* p) { return *(const vf*) p; }
static inline void store(float* p, vf v) { *(vf*) p = v; }

// v, but not above (below) the limit; NaN stays.
static inline vf at_most(vf v, float limit) { return (vf) RL_MM(min_ps)((mf) splat(limit), (mf) v); }
static inline vf at_least(vf v, float limit) { return (vf) RL_MM(max_ps)((mf) splat(limit), (mf) v); }
static inline vf higher(vf a, vf b) { return (vf) RL_MM(max_ps)((mf) a, (mf) b); }  // b if one is NaN

// a b + c, rounded once where the machine can: said here, for else the compiler fuses in one place and not in another.
static inline vf multiply_add(vf a, vf b, vf c) {
#if RL_WIDTH >= 8
    return (vf) RL_MM(fmadd_ps)((mf) a, (mf) b, (mf) c);
#elif defined(__x86_64__)
    return a * b + c;
#else
    vf r;  // by itself the compiler would do this in some places and not in others
    for (int i = 0; i < W; i++) r[i] = __builtin_fmaf(a[i], b[i], c[i]);
    return r;
#endif
}

// The first n < W floats; the rest is fill.
static inline vf load_part(const float* p, addr n, float fill) {
#if RL_WIDTH == 16
    return (vf) _mm512_mask_loadu_ps((mf) splat(fill), (__mmask16) ((1u << n) - 1), p);
#elif RL_WIDTH == 8
    vi in = LANE < (int) n;
    return (vf) _mm256_blendv_ps((mf) splat(fill), _mm256_maskload_ps(p, (mi) in), (mf) in);
#else
    float t[W];
    for (int i = 0; i < W; i++) t[i] = i < n ? p[i] : fill;
    return load(t);
#endif
}
static inline void store_part(float* p, vf v, addr n) {
#if RL_WIDTH == 16
    _mm512_mask_storeu_ps(p, (__mmask16) ((1u << n) - 1), (mf) v);
#elif RL_WIDTH == 8
    _mm256_maskstore_ps(p, (mi) (LANE < (int) n), (mf) v);
#else
    float t[W];
    store(t, v);
    for (int i = 0; i < n; i++) p[i] = t[i];
#endif
}

// The same for 1 <= n <= W, zero behind them.
static inline vf get(const float* p, addr n) { return n == W ? load(p) : load_part(p, n, 0); }
static inline void put(float* p, vf v, addr n) {
    if (n == W) store(p, v);
    else store_part(p, v, n);
}

// Halving, lane after lane: the same order always.
static inline float sum_lanes(vf v) {
    for (int half = W / 2; half > 0; half /= 2) v += __builtin_shuffle(v, LANE ^ half);
    return v[0];
}
static inline float max_lanes(vf v) {
    for (int half = W / 2; half > 0; half /= 2) v = higher(v, __builtin_shuffle(v, LANE ^ half));
    return v[0];
}

// Transposes W vectors: stage S swaps the off-diagonal blocks of S by S of each block of 2 S by 2 S.
template <int S>
static inline void transpose(vf* v) {
    const vi bit = LANE & S, low = (LANE ^ bit) + bit * (W / S), high = (LANE | S) + bit * (W / S);
    #pragma GCC unroll 16
    for (int i = 0; i < W; i++) {
        if (i & S) continue;
        vf a = v[i], b = v[i + S];
        v[i] = __builtin_shuffle(a, b, low);
        v[i + S] = __builtin_shuffle(a, b, high);
    }
    if constexpr (S > 1) transpose<S / 2>(v);
}

// One bit per lane: lane i in bit i.
static inline uint32_t greater(vf a, float b) {
#if RL_WIDTH == 16
    return _mm512_cmp_ps_mask((mf) a, (mf) splat(b), _CMP_GT_OQ);
#else
    return RL_MM(movemask_ps)((mf) (a > b));
#endif
}
static inline uint32_t not_less(vu a, uint32_t b) {
#if RL_WIDTH == 16
    return _mm512_cmpge_epu32_mask((mi) a, _mm512_set1_epi32(b));
#else
    return RL_MM(movemask_ps)((mf) (a >= b));
#endif
}

// v where the lane's bit is set, else 0.
static inline vf keep_bits(vf v, uint32_t bits) {
#if RL_WIDTH == 16
    return (vf) _mm512_maskz_mov_ps((__mmask16) bits, (mf) v);
#else
    const vi bit = RL_LANES(RL_BIT);
    return (vf) ((vi) v & ((((vi){} + (int) bits) & bit) == bit));
#endif
}

// Two bits per lane from three nested conditions k1 >= k2 >= k3: code = k1 + k2 + k3.
static inline uint32_t two_bits(uint32_t k1, uint32_t k2, uint32_t k3) {
    uint32_t low = (k1 & ~k2) | k3, high = k2;
#if RL_WIDTH >= 8
    return _pdep_u32(low, 0x55555555u) | _pdep_u32(high, 0xAAAAAAAAu);
#else
    uint32_t code = 0;
    for (int i = 0; i < W; i++) code |= (((low >> i) & 1) | ((high >> i & 1) << 1)) << 2 * i;
    return code;
#endif
}

// levels[code of lane i], codes in 2 bits per lane.
static inline vf look_up(uint32_t codes, const float* levels) {
#if RL_WIDTH == 16
    return (vf) _mm512_permutevar_ps(_mm512_broadcast_f32x4(_mm_loadu_ps(levels)), (mi) (((vu){} + codes) >> (vu) (2 * LANE)));
#elif RL_WIDTH == 8
    return (vf) _mm256_permutevar_ps(_mm256_broadcast_ps((const __m128*) levels), (mi) (((vu){} + codes) >> (vu) (2 * LANE)));
#else
    return (vf){levels[codes & 3], levels[codes >> 2 & 3], levels[codes >> 4 & 3], levels[codes >> 6 & 3]};
#endif
}

// A product that is rounded before it is added: the compiler does not see through.
static inline vf rounded(vf v) {
#if defined(__x86_64__)
    asm("" : "+x"(v));
#else
    asm("" : "+w"(v));
#endif
    return v;
}

}  // namespace RL_NS
}  // namespace revlayers
#endif
