// Attention per batch item and head: q, k, v are gathered once into small padded matrices, then TILE queries at a time go through
// products whose intermediate never leaves the second-level cache. The contracts are those of AttentionKernels.
// Part of each instruction set: included by kernels.h and by headers that need it, in any order.
#ifndef RL_ATTENTION_H
#define RL_ATTENTION_H
#include "attention/softmax.h"

namespace revlayers {
namespace RL_NS {

struct Heads {  // HeadView: address of the first vector and strides in elements
    float* data;
    addr batch, head, token;
    float* at(addr b, addr h, addr t) const { return data + b * batch + h * head + t * token; }
};

struct Attention {
    int batch, heads, queries, keys, dim;
    float scale;
    bool causal;
};

const int TILE = 48;
#if RL_WIDTH == 16
const int MR = 12;
#elif RL_WIDTH == 8
const int MR = 6;
#else
const int MR = 4;
#endif

template <int M, int N>
static inline void micro(addr K, const float* a, addr row, addr col, const float* b, addr ldb, float* c, addr ldc, bool add) {
    vf acc[M][N];
    for (int i = 0; i < M; i++)
        for (int j = 0; j < N; j++) acc[i][j] = add ? load(c + i * ldc + j * W) : (vf){};
    for (addr k = 0; k < K; k++) {
        vf bv[N];
        for (int j = 0; j < N; j++) bv[j] = load(b + k * ldb + j * W);
        #pragma GCC unroll 12
        for (int i = 0; i < M; i++) {
            vf av = splat(a[i * row + k * col]);
            for (int j = 0; j < N; j++) acc[i][j] += av * bv[j];
        }
    }
    for (int i = 0; i < M; i++)
        for (int j = 0; j < N; j++) store(c + i * ldc + j * W, acc[i][j]);
}

template <int N>
static void panel(addr M, addr K, const float* a, addr row, addr col, const float* b, addr ldb, float* c, addr ldc, bool add) {
    addr i = 0;
    for (; i + MR <= M; i += MR) micro<MR, N>(K, a + i * row, row, col, b, ldb, c + i * ldc, ldc, add);
    for (; i + 4 <= M; i += 4) micro<4, N>(K, a + i * row, row, col, b, ldb, c + i * ldc, ldc, add);
    for (; i < M; i++) micro<1, N>(K, a + i * row, row, col, b, ldb, c + i * ldc, ldc, add);
}

// c (+)= a b; element (i, k) of a at a[i * row + k * col]; b and c row-major, their width N a multiple of W.
static void product(addr M, addr N, addr K, const float* a, addr row, addr col, const float* b, addr ldb, float* c, addr ldc, bool add) {
    addr j = 0;
    for (; j + 2 * W <= N; j += 2 * W) panel<2>(M, K, a, row, col, b + j, ldb, c + j, ldc, add);
    if (j < N) panel<1>(M, K, a, row, col, b + j, ldb, c + j, ldc, add);
}

static inline addr padded(addr n) { return (n + W - 1) / W * W; }

// rows [begin, begin + n) of one head into [n][width], scaled, zero behind dim; and the transpose [dim][width].
static void gather(const Heads& h, addr b, addr head_, addr begin, addr n, int dim, addr width, float scale, float* to) {
    for (addr t = 0; t < n; t++) {
        const float* from = h.at(b, head_, begin + t);
        for (int i = 0; i < dim; i++) to[t * width + i] = from[i] * scale;
        for (addr i = dim; i < width; i++) to[t * width + i] = 0;
    }
}
static void gather_transposed(const Heads& h, addr b, addr head_, addr n, int dim, addr width, float* to) {
    for (addr t = 0; t < width; t += W) {
        for (int i = 0; i < dim; i += W) {
            addr m = dim - i < W ? dim - i : W;
            vf v[W];
            for (int l = 0; l < W; l++) v[l] = t + l < n ? get(h.at(b, head_, t + l) + i, m) : (vf){};
            transpose<W / 2>(v);
            for (int l = 0; l < m; l++) store(to + (i + l) * width + t, v[l]);
        }
    }
}
static void scatter(const float* from, addr width, const Heads& h, addr b, addr head_, addr begin, addr n, int dim, float scale) {
    for (addr t = 0; t < n; t++) {
        float* to = h.at(b, head_, begin + t);
        for (int i = 0; i < dim; i++) to[i] = from[t * width + i] * scale;
    }
}

// What a query may not see, padding included, becomes -infinity.
static void hide(const Attention& s, const float* key_mask, addr b, addr begin, addr n, addr width, float* scores) {
    for (addr t = 0; t < n; t++) {
        float* row = scores + t * width;
        addr seen = s.causal && begin + t + 1 < s.keys ? begin + t + 1 : s.keys;
        if (key_mask)
            for (addr j = 0; j < seen; j++) row[j] = key_mask[b * s.keys + j] == 0.0f ? -INFINITY : row[j];
        for (addr j = seen; j < width; j++) row[j] = -INFINITY;
    }
}

static void attend(const Attention& s, Heads q, Heads k, Heads v, const float* key_mask, Heads out, float* lse, float* probs) {
    addr dp = padded(s.dim), kp = padded(s.keys), all = (addr) s.batch * s.heads;
    Scratch scratch;
    #pragma omp parallel if (all > 1)
    {
        float* memory = scratch.take<float>(s.dim * kp + s.keys * dp + 2 * TILE * dp + TILE * kp);
        float *kt = memory, *vr = kt + s.dim * kp, *qt = vr + s.keys * dp, *ot = qt + TILE * dp, *st = ot + TILE * dp;
        #pragma omp for schedule(static)
        for (addr bh = 0; bh < all; bh++) {
            if (!memory) continue;
            addr b = bh / s.heads, h = bh % s.heads;
            gather_transposed(k, b, h, s.keys, s.dim, kp, kt);
            gather(v, b, h, 0, s.keys, s.dim, dp, 1, vr);
            for (addr t = 0; t < s.queries; t += TILE) {
                addr n = s.queries - t < TILE ? s.queries - t : TILE;
                gather(q, b, h, t, n, s.dim, dp, s.scale, qt);
                product(n, kp, s.dim, qt, dp, 1, kt, kp, st, kp, false);
                hide(s, key_mask, b, t, n, kp, st);
                for (addr i = 0; i < n; i++) {
                    float log_sum = softmax_row(st + i * kp, st + i * kp, kp);
                    if (lse) lse[bh * s.queries + t + i] = log_sum;
                    if (probs) memcpy(probs + (bh * s.queries + t + i) * s.keys, st + i * kp, s.keys * sizeof(float));
                }
                product(n, dp, s.keys, st, kp, 1, vr, dp, ot, dp, false);
                scatter(ot, dp, out, b, h, t, n, s.dim, 1);
            }
        }
        free(memory);
    }
    scratch.check();
}

static void attend_backward(const Attention& s, Heads q, Heads k, Heads v, const float* key_mask, Heads out, const float* lse,
        const float* probs, Heads dout, Heads dq, Heads dk, Heads dv) {
    addr dp = padded(s.dim), kp = padded(s.keys), all = (addr) s.batch * s.heads;
    Scratch scratch;
    #pragma omp parallel if (all > 1)
    {
        float* memory = scratch.take<float>(2 * s.dim * kp + 3 * s.keys * dp + 3 * TILE * dp + 2 * TILE * kp);
        float *kt = memory, *vt = kt + s.dim * kp, *kr = vt + s.dim * kp, *dkr = kr + s.keys * dp, *dvr = dkr + s.keys * dp;
        float *qt = dvr + s.keys * dp, *gt = qt + TILE * dp, *dqt = gt + TILE * dp, *pt = dqt + TILE * dp, *dst = pt + TILE * kp;
        #pragma omp for schedule(static)
        for (addr bh = 0; bh < all; bh++) {
            if (!memory) continue;
            addr b = bh / s.heads, h = bh % s.heads;
            gather_transposed(k, b, h, s.keys, s.dim, kp, kt);
            gather_transposed(v, b, h, s.keys, s.dim, kp, vt);
            gather(k, b, h, 0, s.keys, s.dim, dp, 1, kr);
            for (addr t = 0; t < s.queries; t += TILE) {
                addr n = s.queries - t < TILE ? s.queries - t : TILE;
                gather(q, b, h, t, n, s.dim, dp, s.scale, qt);
                gather(dout, b, h, t, n, s.dim, dp, 1, gt);
                if (probs) {
                    for (addr i = 0; i < n; i++) {
                        memcpy(pt + i * kp, probs + (bh * s.queries + t + i) * s.keys, s.keys * sizeof(float));
                        memset(pt + i * kp + s.keys, 0, (kp - s.keys) * sizeof(float));
                    }
                } else {
                    product(n, kp, s.dim, qt, dp, 1, kt, kp, pt, kp, false);
                    hide(s, key_mask, b, t, n, kp, pt);
                }
                product(n, kp, s.dim, gt, dp, 1, vt, kp, dst, kp, false);
                for (addr i = 0; i < n; i++) {
                    const float *o = out.at(b, h, t + i), *g = gt + i * dp;
                    float delta = row_sum(s.dim, [&](addr j, addr m) { return get(o + j, m) * get(g + j, m); });
                    float log_sum = probs ? 0 : lse[bh * s.queries + t + i];
                    float *p = pt + i * kp, *d = dst + i * kp;
                    for (addr j = 0; j < kp; j += W) {
                        vf pv = probs ? load(p + j) : exp_(load(p + j) - log_sum);
                        store(p + j, pv);
                        store(d + j, pv * (load(d + j) - delta));
                    }
                }
                product(n, dp, s.keys, dst, kp, 1, kr, dp, dqt, dp, false);
                scatter(dqt, dp, dq, b, h, t, n, s.dim, s.scale);
                product(s.keys, dp, n, dst, 1, kp, qt, dp, dkr, dp, t > 0);
                product(s.keys, dp, n, pt, 1, kp, gt, dp, dvr, dp, t > 0);
            }
            scatter(dkr, dp, dk, b, h, 0, s.keys, s.dim, 1);
            scatter(dvr, dp, dv, b, h, 0, s.keys, s.dim, 1);
        }
        free(memory);
    }
    scratch.check();
}

// views: {address, batch stride, head stride, token stride} of each tensor, one after the other.
static inline Heads heads_of(const addr* v) { return {(float*) v[0], v[1], v[2], v[3]}; }

static void attention(int batch, int heads, int queries, int keys, int dim, float scale, bool causal, const addr* views,
        const float* key_mask, float* lse, float* probs) {
    attend({batch, heads, queries, keys, dim, scale, causal}, heads_of(views), heads_of(views + 4), heads_of(views + 8), key_mask,
            heads_of(views + 12), lse, probs);
}

static void attention_backward(int batch, int heads, int queries, int keys, int dim, float scale, bool causal, const addr* views,
        const float* key_mask, const float* lse, const float* probs) {
    attend_backward({batch, heads, queries, keys, dim, scale, causal}, heads_of(views), heads_of(views + 4), heads_of(views + 8),
            key_mask, heads_of(views + 12), lse, probs, heads_of(views + 16), heads_of(views + 20), heads_of(views + 24),
            heads_of(views + 28));
}

}  // namespace RL_NS
}  // namespace revlayers
#endif
