// Sums over a row and over rows. Over a row they run in W lanes with four accumulators, over rows in row_chunks pieces: the order never
// depends on the threads.
// Part of each instruction set: included by kernels.h and by headers that need it, in any order.
#ifndef RL_ROWS_H
#define RL_ROWS_H
#include "shared/simd.h"

namespace revlayers {
namespace RL_NS {

template <typename F>
static inline float row_sum(addr cols, F f) {
    vf s0 = {}, s1 = {}, s2 = {}, s3 = {};
    addr i = 0;
    for (; i + 4 * W <= cols; i += 4 * W) {
        s0 += f(i, (addr) W);
        s1 += f(i + W, (addr) W);
        s2 += f(i + 2 * W, (addr) W);
        s3 += f(i + 3 * W, (addr) W);
    }
    for (; i + W <= cols; i += W) s0 += f(i, (addr) W);
    if (i < cols) s1 += f(i, cols - i);
    return sum_lanes((s0 + s1) + (s2 + s3));
}
// The first n lanes, zero behind them.
static inline vf head(vf v, addr n) { return n == W ? v : keep_bits(v, (1u << n) - 1); }

// Adds the pieces [chunks][cols] of a sum over rows, in order, into out.
static void add_pieces(const float* pieces, int chunks, addr stride, addr cols, float* out) {
    for (addr i = 0; i < cols; i++) {
        float s = 0;
        for (int c = 0; c < chunks; c++) s += pieces[c * stride + i];
        out[i] = s;
    }
}

}  // namespace RL_NS
}  // namespace revlayers
#endif
