// LayerNorm and RMSNorm: the contracts are those of NormKernels.
#pragma once
#include "rows.h"

RL_DEVICE float normalized(float s, float mean, float rstd) { return (s - mean) * rstd; }
RL_DEVICE float shifted(float z, const float* gamma, const float* beta, addr column) {
    return fmaf(z, gamma ? gamma[column] : 1.0f, beta ? beta[column] : 0.0f);
}

RL_KERNEL_UP_TO(ROW_THREADS, norm, int center, float eps, const float* x, const float* bias, const float* residual, float* sum, const float* gamma, const float* beta,
        float* y, float* mean, float* rstd, addr rows, addr cols, int rows_of_block) {
    RL_SHARED float shared[WARP];
    Row r = row_of(rows_of_block);
    if (r.row >= rows) return;
    addr at = r.row * cols;
    float s[HELD];
    auto read = [&](addr from) {
        each_held(r, from, cols, [&](int k, addr i) {
            s[k] = x[at + i];
            if (bias) s[k] += bias[i];
            if (residual) s[k] += residual[at + i];
        });
    };
    auto again = [&](addr from) {  // of a row of several pieces
        if (cols <= r.piece) return;
        if (sum) each_held(r, from, cols, [&](int k, addr i) { s[k] = sum[at + i]; });
        else read(from);
    };
    float m = 0.0f;
    for (addr from = 0; from < cols; from += r.piece) {
        read(from);
        each_held(r, from, cols, [&](int k, addr i) {
            if (sum) sum[at + i] = s[k];
            m += s[k];
        });
    }
    m = center ? row_sum(r, m, shared) / cols : 0.0f;
    float v = 0.0f;
    for (addr from = 0; from < cols; from += r.piece) {
        again(from);
        each_held(r, from, cols, [&](int k, addr) { v += (s[k] - m) * (s[k] - m); });
    }
    float rs = 1.0f / sqrtf(row_sum(r, v, shared) / cols + eps);
    for (addr from = 0; from < cols; from += r.piece) {
        again(from);
        each_held(r, from, cols, [&](int k, addr i) { s[k] = shifted(normalized(s[k], m, rs), gamma, beta, i); });
        each_held(r, from, cols, [&](int k, addr i) { y[at + i] = s[k]; });
    }
    if (r.first == 0) {
        if (mean) mean[r.row] = m;
        if (rstd) rstd[r.row] = rs;
    }
}

RL_KERNEL_UP_TO(ROW_THREADS, norm_replay, const float* x, const float* mean, const float* rstd, const float* gamma, const float* beta, float* y, addr rows, addr cols,
        int rows_of_block) {
    Row r = row_of(rows_of_block);
    if (r.row >= rows) return;
    addr at = r.row * cols;
    float m = mean ? mean[r.row] : 0.0f, rs = rstd[r.row];
    for (addr from = 0; from < cols; from += r.piece) {
        float s[HELD];
        each_held(r, from, cols, [&](int k, addr i) { s[k] = shifted(normalized(x[at + i], m, rs), gamma, beta, i); });
        each_held(r, from, cols, [&](int k, addr i) { y[at + i] = s[k]; });
    }
}

// A chunk of rows, one after the other, in place of one row. Its sums over rows go to dgamma and dbeta, [chunks, cols].
RL_KERNEL_UP_TO(ROW_THREADS, norm_backward, int center, int from_input, const float* kept, const float* mean, const float* rstd, const float* gamma, const float* dy,
        const float* residual, float* dx, float* dgamma, float* dbeta, addr rows, addr cols, addr chunk, int rows_of_block) {
    RL_SHARED float shared[WARP];
    Row r = row_of(rows_of_block);
    addr first = r.row * chunk, last = first + chunk < rows ? first + chunk : rows;
    if (first >= rows) return;
    bool held = cols <= r.piece;
    float z[HELD], g[HELD], dg[HELD], db[HELD];
    for (int k = 0; k < HELD; k++) dg[k] = db[k] = 0.0f;
    for (addr row = first; row < last; row++) {
        addr at = row * cols;
        float rs = rstd[row], m = from_input && mean ? mean[row] : 0.0f, scale = from_input ? rs : 1.0f, sum_g = 0.0f, sum_gz = 0.0f;
        auto read = [&](addr from) {
            each_held(r, from, cols, [&](int k, addr i) {
                z[k] = kept[at + i];
                g[k] = dy[at + i];
            });
        };
        auto weigh = [&](addr from) {
            each_held(r, from, cols, [&](int k, addr i) {
                z[k] = normalized(z[k], m, scale);
                if (gamma) g[k] *= gamma[i];
            });
        };
        for (addr from = 0; from < cols; from += r.piece) {
            read(from);
            each_held(r, from, cols, [&](int k, addr i) {
                float to_gamma = g[k] * normalized(z[k], m, scale), to_beta = g[k];
                if (held) {
                    dg[k] += to_gamma;
                    db[k] += to_beta;
                } else {
                    addr own = r.row * cols + i;
                    if (dgamma) dgamma[own] = row == first ? to_gamma : dgamma[own] + to_gamma;
                    if (dbeta) dbeta[own] = row == first ? to_beta : dbeta[own] + to_beta;
                }
            });
            weigh(from);
            each_held(r, from, cols, [&](int k, addr) {
                sum_g += g[k];
                sum_gz += g[k] * z[k];
            });
        }
        float mg = center ? row_sum(r, sum_g, shared) / cols : 0.0f, mgz = row_sum(r, sum_gz, shared) / cols;
        for (addr from = 0; from < cols; from += r.piece) {
            if (!held) {
                read(from);
                weigh(from);
            }
            each_held(r, from, cols, [&](int k, addr i) { g[k] = ((g[k] - mg) - z[k] * mgz) * rs + (residual ? residual[at + i] : 0.0f); });
            each_held(r, from, cols, [&](int k, addr i) { dx[at + i] = g[k]; });
        }
    }
    if (!held) return;
    each_held(r, 0, cols, [&](int k, addr i) {
        if (dgamma) dgamma[r.row * cols + i] = dg[k];
        if (dbeta) dbeta[r.row * cols + i] = db[k];
    });
}
