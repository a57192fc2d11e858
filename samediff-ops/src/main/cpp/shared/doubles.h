// Vectors of doubles, and pairs of them that hold as many lanes as a vector of floats.
// Part of each instruction set: included by kernels.h and by headers that need it, in any order.
#ifndef RL_DOUBLES_H
#define RL_DOUBLES_H
#include "shared/simd.h"

namespace revlayers {
namespace RL_NS {

typedef double vd __attribute__((vector_size(RL_WIDTH * 4), aligned(8), may_alias));
const int D = RL_WIDTH / 2;  // its lanes

#if RL_WIDTH == 16
static inline vd low_doubles(vf v) { return (vd) _mm512_cvtps_pd(_mm512_castps512_ps256((mf) v)); }
static inline vd high_doubles(vf v) { return (vd) _mm512_cvtps_pd(_mm512_extractf32x8_ps((mf) v, 1)); }
#elif RL_WIDTH == 8
static inline vd low_doubles(vf v) { return (vd) _mm256_cvtps_pd(_mm256_castps256_ps128((mf) v)); }
static inline vd high_doubles(vf v) { return (vd) _mm256_cvtps_pd(_mm256_extractf128_ps((mf) v, 1)); }
#else
static inline vd low_doubles(vf v) { return (vd) _mm_cvtps_pd((mf) v); }
static inline vd high_doubles(vf v) { return (vd) _mm_cvtps_pd(_mm_movehl_ps((mf) v, (mf) v)); }
#endif

// W doubles, lane after lane.
struct Doubles {
    vd low, high;
    Doubles() : low{}, high{} {}
    explicit Doubles(vf v) : low(low_doubles(v)), high(high_doubles(v)) {}
    double at(int lane) const { return lane < D ? low[lane] : high[lane - D]; }
    double sum() const {
        vd both = low + high;
        double s = 0;
        for (int i = 0; i < D; i++) s += both[i];
        return s;
    }
    Doubles operator-(const Doubles& o) const {
        Doubles d;
        d.low = low - o.low;
        d.high = high - o.high;
        return d;
    }
    void add(const Doubles& o) {
        low += o.low;
        high += o.high;
    }
    void add_product(const Doubles& a, const Doubles& b) {
        low += a.low * b.low;
        high += a.high * b.high;
    }
};

}  // namespace RL_NS
}  // namespace revlayers
#endif
