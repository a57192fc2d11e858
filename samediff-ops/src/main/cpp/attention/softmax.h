// Softmax, row by row: the contracts are those of AttentionKernels.
// Part of each instruction set: included by kernels.h and by headers that need it, in any order.
#ifndef RL_SOFTMAX_H
#define RL_SOFTMAX_H
#include "shared/exp.h"
#include "shared/rows.h"

namespace revlayers {
namespace RL_NS {

// y = e^(s - max) / sum; y may be s. Returns log of the sum of e^s; zeros and 0 for a row of -infinity.
static inline float softmax_row(const float* s, float* y, addr cols) {
    vf top = splat(-INFINITY);
    addr i = 0;
    for (; i + W <= cols; i += W) top = higher(load(s + i), top);
    if (i < cols) top = higher(load_part(s + i, cols - i, -INFINITY), top);
    float max = max_lanes(top);
    if (max == -INFINITY) {  // nothing to see, or nothing but NaN, which no comparison finds
        float nothing = 0.0f;
        for (i = 0; i < cols; i++) nothing += s[i] == -INFINITY ? 0.0f : s[i];
        for (i = 0; i < cols; i++) y[i] = nothing;
        return nothing;
    }
    float total = row_sum(cols, [&](addr i, addr n) {
        vf e = head(exp_(get(s + i, n) - max), n);
        put(y + i, e, n);
        return e;
    });
    float inverse = 1.0f / total;
    for (i = 0; i + W <= cols; i += W) store(y + i, load(y + i) * inverse);
    if (i < cols) put(y + i, get(y + i, cols - i) * inverse, cols - i);
    return max + logf(total);
}

static void softmax(const float* x, float* y, addr rows, addr cols) {
    #pragma omp parallel for schedule(static) if (rows * cols > PARALLEL_FROM)
    for (addr r = 0; r < rows; r++) softmax_row(x + r * cols, y + r * cols, cols);
}

static void softmax_backward(const float* y, const float* dy, float* dx, addr rows, addr cols) {
    #pragma omp parallel for schedule(static) if (rows * cols > PARALLEL_FROM)
    for (addr r = 0; r < rows; r++) {
        const float *p = y + r * cols, *g = dy + r * cols;
        float dot = row_sum(cols, [&](addr i, addr n) { return get(p + i, n) * get(g + i, n); });
        for (addr i = 0; i < cols; i++) dx[r * cols + i] = p[i] * (g[i] - dot);
    }
}

}  // namespace RL_NS
}  // namespace revlayers
#endif
