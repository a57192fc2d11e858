// GELU, tanh-GELU and SiLU and their slopes, over vf as in shared/exp.h.
// Part of each instruction set: included by kernels.h and by headers that need it, in any order.
#ifndef RL_CURVES_H
#define RL_CURVES_H
#include "shared/exp.h"

namespace revlayers {
namespace RL_NS {

// Phi(-a) for a in [0, 15] and e^(-a*a/2): a polynomial (our fit, relative error 3e-8) of 1/(1 + 0.26 a) for Phi(-a) e^(a*a/2).
RL_INLINE vf lower_tail(vf a, vf* gauss) {
    vf hi = number_of(bits_of(a) & ~0xFFF);  // 12 bits: its square is exact
    *gauss = exp_split(hi * hi * -0.5f, (a - hi) * (a + hi) * -0.5f);
    vf q = 1.0f / (1.0f + 0.26f * a);
    vf p = splat(3.017619689e-02f);
    p = p * q - 1.512321120e-01f;
    p = p * q + 2.481924597e-01f;
    p = p * q - 1.471718378e-01f;
    p = p * q + 1.583325285e-01f;
    p = p * q + 5.214648730e-02f;
    p = p * q + 1.027420946e-01f;
    p = p * q + 1.030575343e-01f;
    p = p * q + 1.037566342e-01f;
    return p * q * *gauss;
}
RL_INLINE vf normal_cdf(vf x, vf* gauss) {
    vf a = at_most(number_of(bits_of(x) & 0x7FFFFFFF), 15.0f);
    vf tail = lower_tail(a, gauss);
    return x < 0.0f ? tail : 1.0f - tail;
}

// CURVE: 0 GELU, 1 tanh-GELU, 2 SiLU: the ordinals of org.revlayers.internal.kernel.activation.Curve.
template <int CURVE>
RL_INLINE vf curve(vf x) {
    if (CURVE == 0) {
        vf gauss;
        return x * normal_cdf(x, &gauss);
    }
    vf v = CURVE == 1 ? x * (1.5957691216f + 0.0713548162726f * (x * x)) : x;
    return x / (1.0f + exp_(-v));
}
template <int CURVE>
RL_INLINE vf slope(vf x) {
    // Beyond this the slope is 0 or 1 in fp32; nearer in, no product meets an infinity. NaN stays.
    const float far = CURVE == 2 ? 104.0f : 15.0f;
    x = at_least(at_most(x, far), -far);
    if (CURVE == 0) {
        vf gauss;
        vf cdf = normal_cdf(x, &gauss);
        return cdf + x * (gauss * 0.3989422804f);
    }
    vf v = CURVE == 1 ? x * (1.5957691216f + 0.0713548162726f * (x * x)) : x;
    vf dv = CURVE == 1 ? 1.5957691216f + 0.2140644488f * (x * x) : splat(1.0f);
    vf e = exp_(-at_least(v, -80.0f));
    vf s = 1.0f / (1.0f + e);
    return s + x * (s * (e * s) * dv);
}

}  // namespace RL_NS
}  // namespace revlayers
#endif
