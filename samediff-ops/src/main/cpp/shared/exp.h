// The exponential, over vf: a vector of floats, or one float on a device (cuda/value.h), which have the same words.
// Part of each instruction set: included by kernels.h and by headers that need it, in any order.
#ifndef RL_EXP_H
#define RL_EXP_H
#ifdef RL_WIDTH
#include "shared/simd.h"
#endif

namespace revlayers {
namespace RL_NS {

// e^(hi + lo), |lo| small, within 2 units in the last place; 0 below -103.97, infinity above 88.73, NaN for NaN.
RL_INLINE vf exp_split(vf hi, vf lo) {
    hi = at_least(at_most(hi, 89.0f), -104.0f);
    vf t = hi * 1.44269504f + 12582912.0f;  // 1.5 * 2^23: the integer part ends up in the low bits
    vf n = t - 12582912.0f;
    vf r = hi - n * 0.693359375f;
    r = (r + n * 2.12194440e-4f) + lo;
    vf p = splat(1.3981999e-3f);
    p = p * r + 8.3334519e-3f;
    p = p * r + 4.1665796e-2f;
    p = p * r + 1.6666665e-1f;
    p = p * r + 0.5f;
    p = p * r + 1.0f;
    p = p * r + 1.0f;
#if RL_WIDTH == 16
    return (vf) _mm512_scalef_ps((mf) p, (mf) n);
#else
    vi e = bits_of(t) - 0x4B400000;
    vi half = e >> 1;
    vf s1 = number_of((half + 127) << 23);
    vf s2 = number_of((e - half + 127) << 23);
    return p * s1 * s2;
#endif
}
RL_INLINE vf exp_(vf x) { return exp_split(x, vf{}); }

}  // namespace RL_NS
}  // namespace revlayers
#endif
