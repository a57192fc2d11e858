// Back Razor, lane by lane: magnitudes as integers that order alike, and numbers moved together or apart by bits.
// Part of each instruction set: included by kernels.h and by headers that need it, in any order.
#ifndef RL_LANES_H
#define RL_LANES_H
#include "shared/simd.h"

namespace revlayers {
namespace RL_NS {

static inline vi magnitudes(vf v) { return (vi) v & 0x7FFFFFFF; }
static inline int magnitude(const float* p) {
    int bits;
    memcpy(&bits, p, sizeof bits);
    return bits & 0x7FFFFFFF;
}

// One bit per lane.
static inline uint32_t above(vi a, int b) {
#if RL_WIDTH == 16
    return _mm512_cmpgt_epi32_mask((mi) a, _mm512_set1_epi32(b));
#else
    return RL_MM(movemask_ps)((mf) (a > b));
#endif
}

// How many of the W bits are set.
static inline int ones(uint32_t bits) {
#if RL_WIDTH >= 8
    return __builtin_popcount(bits);
#else
    return 0x4332322132212110ull >> 4 * bits & 15;
#endif
}

#if RL_WIDTH == 8
// For each byte of bits: the places of those that are set, and for each lane how many are set before it.
struct Places {
    uint8_t set[256][8], before[256][8];
    constexpr Places() : set(), before() {
        for (int bits = 0; bits < 256; bits++) {
            int n = 0;
            for (int i = 0; i < 8; i++) {
                before[bits][i] = (uint8_t) n;
                if (bits >> i & 1) set[bits][n++] = (uint8_t) i;
            }
        }
    }
};
static constexpr Places PLACES;
static inline __m256i lanes_of(const uint8_t* places) { return _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i*) places)); }
#endif

// The lanes whose bit is set, one after the other; may write W of them. How many.
static inline int squeeze(float* to, vf v, uint32_t bits) {
#if RL_WIDTH == 16
    _mm512_storeu_ps(to, _mm512_maskz_compress_ps((__mmask16) bits, (mf) v));
#elif RL_WIDTH == 8
    _mm256_storeu_ps(to, _mm256_permutevar8x32_ps((mf) v, lanes_of(PLACES.set[bits])));
#else
    if (!bits) return 0;
    int n = bits & 1, two = n + (bits >> 1 & 1), three = two + (bits >> 2 & 1);
    to[0] = v[0];
    to[n] = v[1];
    to[two] = v[2];
    to[three] = v[3];
#endif
    return ones(bits);
}

// The other way: the next numbers where the bit is set, else 0; may read W of them.
static inline vf spread_out(const float* from, uint32_t bits) {
#if RL_WIDTH == 16
    return (vf) _mm512_maskz_expand_ps((__mmask16) bits, _mm512_loadu_ps(from));
#elif RL_WIDTH == 8
    vf v = (vf) _mm256_permutevar8x32_ps(_mm256_loadu_ps(from), lanes_of(PLACES.before[bits]));
    return keep_bits(v, bits);
#else
    if (!bits) return (vf){};
    int n = bits & 1, two = n + (bits >> 1 & 1), three = two + (bits >> 2 & 1);
    return keep_bits((vf){from[0], from[n], from[two], from[three]}, bits);
#endif
}

}  // namespace RL_NS
}  // namespace revlayers
#endif
