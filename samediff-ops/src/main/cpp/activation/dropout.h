// Dropout from a seed: the contract is that of ActivationKernels.dropout.
// Philox-4x32-10 (Salmon et al., SC 2011); element k takes word k mod 4 of counter k / 4. A vector holds one 32-bit word of W / 2
// counters, each in the lower half of a 64-bit lane with anything above it.
// Part of each instruction set: included by kernels.h and by headers that need it, in any order.
#ifndef RL_DROPOUT_H
#define RL_DROPOUT_H
#include "shared/simd.h"

namespace revlayers {
namespace RL_NS {

// Which counter a lane works for, so that unpacking the lanes of two vectors gives the words of counters in order.
#if RL_WIDTH == 16
static const vl COUNTER = {0, 4, 1, 5, 2, 6, 3, 7};
#elif RL_WIDTH == 8
static const vl COUNTER = {0, 2, 1, 3};
#else
static const vl COUNTER = {0, 1};
#endif

static inline vl wide_product(vl a, uint32_t b) { return (vl) RL_MM(mul_epu32)((mi) a, (mi) ((vl){} + b)); }

// The 2 W words of counters first .. first + W / 2 - 1.
static inline void philox(uint64_t first, uint64_t seed, vu* low, vu* high) {
    vl c0 = COUNTER + first, c1 = c0 >> 32, c2 = {}, c3 = {};
    uint32_t k0 = (uint32_t) seed, k1 = (uint32_t) (seed >> 32);
    #pragma GCC unroll 10
    for (int round = 0; round < 10; round++) {
        vl a = wide_product(c0, 0xD2511F53u), b = wide_product(c2, 0xCD9E8D57u);
        c0 = (b >> 32) ^ c1 ^ k0;
        c2 = (a >> 32) ^ c3 ^ k1;
        c1 = b;
        c3 = a;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    mi c01 = (mi) ((c0 & 0xFFFFFFFFu) | c1 << 32), c23 = (mi) ((c2 & 0xFFFFFFFFu) | c3 << 32);
    *low = (vu) RL_MM(unpacklo_epi64)(c01, c23);
    *high = (vu) RL_MM(unpackhi_epi64)(c01, c23);
}

static void dropout(const float* x, uint32_t threshold, float scale, uint64_t seed, float* y, uint8_t* mask, addr n) {
    addr pairs = (n + 2 * W - 1) / (2 * W);
    #pragma omp parallel for schedule(static) if (n > PARALLEL_FROM)
    for (addr p = 0; p < pairs; p++) {
        addr i = p * 2 * W, left = n - i < 2 * W ? n - i : 2 * W;
        vu low, high;
        philox((uint64_t) p * (W / 2), seed, &low, &high);
        uint32_t k0 = not_less(low, threshold), k1 = not_less(high, threshold);
        if (left == 2 * W) {
            store(y + i, keep_bits(load(x + i) * scale, k0));
            store(y + i + W, keep_bits(load(x + i + W) * scale, k1));
        } else {
            addr m0 = left < W ? left : W, m1 = left - m0;
            put(y + i, keep_bits(get(x + i, m0) * scale, k0), m0);
            if (m1) put(y + i + W, keep_bits(get(x + i + W, m1) * scale, k1), m1);
        }
        uint32_t kept = (k0 | k1 << W) & 0xFFFFFFFFu >> (32 - left);
        if (mask) memcpy(mask + i / 8, &kept, (left + 7) / 8);
    }
}

}  // namespace RL_NS
}  // namespace revlayers
#endif
