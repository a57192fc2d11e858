// Copies between arrays of one shape whatever their strides: the contract is that of StridedCopy.
// Part of each instruction set: included by kernels.h and by headers that need it, in any order.
#ifndef RL_COPY_H
#define RL_COPY_H
#include "shared/simd.h"

namespace revlayers {
namespace RL_NS {

// Sizes, strides of from, strides of to: of six axes each. Threads share the first three.
static void strided_copy(const float* from, float* to, const long long* axes) {
    const long long *n = axes, *f = axes + 6, *t = axes + 12;
    addr outer = n[0] * n[1] * n[2];
    #pragma omp parallel for schedule(static) if (outer * n[3] * n[4] * n[5] > PARALLEL_FROM)
    for (addr o = 0; o < outer; o++) {
        addr a = o / (n[1] * n[2]), b = o / n[2] % n[1], c = o % n[2];
        const float* x = from + a * f[0] + b * f[1] + c * f[2];
        float* y = to + a * t[0] + b * t[1] + c * t[2];
        for (addr d = 0; d < n[3]; d++)
            for (addr e = 0; e < n[4]; e++) {
                const float* s = x + d * f[3] + e * f[4];
                float* r = y + d * t[3] + e * t[4];
                if (f[5] == 1 && t[5] == 1) for (addr i = 0; i < n[5]; i++) r[i] = s[i];
                else for (addr i = 0; i < n[5]; i++) r[i * t[5]] = s[i * f[5]];
            }
    }
}

}  // namespace RL_NS
}  // namespace revlayers
#endif
