// LayerNorm and RMSNorm, row by row; a row stays in the first-level cache between its passes. The contracts are those of NormKernels.
// Part of each instruction set: included by kernels.h and by headers that need it, in any order.
#ifndef RL_NORM_H
#define RL_NORM_H
#include "shared/rows.h"

namespace revlayers {
namespace RL_NS {

static inline vf normalized(vf s, float mean, float rstd) { return (s - mean) * rstd; }

static inline void write_row(const float* s, float mean, float rstd, const float* gamma, const float* beta, float* y, addr cols) {
    for (addr i = 0; i < cols; i += W) {
        addr n = cols - i < W ? cols - i : W;
        vf z = normalized(get(s + i, n), mean, rstd);
        vf scale = gamma ? get(gamma + i, n) : splat(1.0f), shift = beta ? get(beta + i, n) : (vf){};
        put(y + i, multiply_add(z, scale, shift), n);
    }
}

static void norm(bool center, float eps, const float* x, const float* bias, const float* residual, float* sum, const float* gamma,
        const float* beta, float* y, float* mean, float* rstd, addr rows, addr cols) {
    bool adds = bias || residual || (sum && sum != x);
    Scratch scratch;
    #pragma omp parallel if (rows * cols > PARALLEL_FROM)
    {
        float* own = adds && !sum ? scratch.take<float>(cols) : nullptr;
        #pragma omp for schedule(static)
        for (addr r = 0; r < rows; r++) {
            const float* s = x + r * cols;
            float* to = sum ? sum + r * cols : own;
            if (adds && !to) continue;
            float m = 0;
            if (adds) {
                const float* row = s;
                m = row_sum(cols, [&](addr i, addr n) {
                    vf v = get(row + i, n);
                    if (bias) v += get(bias + i, n);
                    if (residual) v += get(residual + r * cols + i, n);
                    put(to + i, v, n);
                    return v;
                });
                s = to;
            } else if (center) {
                m = row_sum(cols, [&](addr i, addr n) { return get(s + i, n); });
            }
            m = center ? m / cols : 0;
            float v = row_sum(cols, [&](addr i, addr n) {
                vf d = head(get(s + i, n) - m, n);
                return d * d;
            });
            float rs = 1.0f / sqrtf(v / cols + eps);
            write_row(s, m, rs, gamma, beta, y + r * cols, cols);
            if (mean) mean[r] = m;
            if (rstd) rstd[r] = rs;
        }
        free(own);
    }
    scratch.check();
}

static void norm_replay(const float* x, const float* mean, const float* rstd, const float* gamma, const float* beta, float* y,
        addr rows, addr cols) {
    #pragma omp parallel for schedule(static) if (rows * cols > PARALLEL_FROM)
    for (addr r = 0; r < rows; r++) write_row(x + r * cols, mean ? mean[r] : 0.0f, rstd[r], gamma, beta, y + r * cols, cols);
}

static void norm_backward(bool center, bool from_input, const float* kept, const float* mean, const float* rstd,
        const float* gamma, const float* dy, const float* residual, float* dx, float* dgamma, float* dbeta, addr rows, addr cols) {
    int chunks = row_chunks(rows);
    Scratch scratch;
    float* pieces = dgamma || dbeta ? scratch.zeros<float>((addr) chunks * 2 * cols) : nullptr;
    scratch.check();
    #pragma omp parallel for schedule(static) if (rows * cols > PARALLEL_FROM)
    for (int c = 0; c < chunks; c++) {
        for (addr r = rows * c / chunks; r < rows * (c + 1) / chunks; r++) {
            const float *k = kept + r * cols, *g = dy + r * cols;
            float m = from_input && mean ? mean[r] : 0.0f, rs = rstd[r], scale = from_input ? rs : 1.0f;
            float* dg = dgamma ? pieces + (2 * (addr) c) * cols : nullptr;
            float* db = dbeta ? pieces + (2 * (addr) c + 1) * cols : nullptr;
            vf s0 = {}, s1 = {}, t0 = {}, t1 = {};
            addr i = 0;
            auto step = [&](addr i, addr n, vf& s, vf& t) {
                vf z = head(normalized(get(k + i, n), m, scale), n), v = get(g + i, n);
                if (dg) put(dg + i, get(dg + i, n) + v * z, n);
                if (db) put(db + i, get(db + i, n) + v, n);
                if (gamma) v *= get(gamma + i, n);
                s += v;
                t += v * z;
            };
            for (; i + 2 * W <= cols; i += 2 * W) {
                step(i, W, s0, t0);
                step(i + W, W, s1, t1);
            }
            for (; i < cols; i += W) step(i, cols - i < W ? cols - i : W, s0, t0);
            float mg = center ? sum_lanes(s0 + s1) / cols : 0.0f, mgz = sum_lanes(t0 + t1) / cols;
            for (i = 0; i < cols; i += W) {
                addr n = cols - i < W ? cols - i : W;
                vf z = normalized(get(k + i, n), m, scale), v = get(g + i, n);
                if (gamma) v *= get(gamma + i, n);
                vf d = ((v - mg) - z * mgz) * rs;
                if (residual) d += get(residual + r * cols + i, n);
                put(dx + r * cols + i, d, n);
            }
        }
    }
    if (dgamma) add_pieces(pieces, chunks, 2 * cols, cols, dgamma);
    if (dbeta) add_pieces(pieces + cols, chunks, 2 * cols, cols, dbeta);
    free(pieces);
}

}  // namespace RL_NS
}  // namespace revlayers
#endif
