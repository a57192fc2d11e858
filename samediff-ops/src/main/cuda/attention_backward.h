// Attention backward: the contracts are those of AttentionKernels. Probabilities are computed again tile by tile; each gradient is summed by
// the block that has its rows, in one order.
#pragma once
#include "attention_tiles.h"

namespace attention {

// Row sums of dO times O, a warp each.
RL_DEVICE void deltas(Heads out, Heads gradient, float* delta, int batch, Sizes of) {
    addr row = element() / WARP;
    if (row >= (addr) batch * of.heads * of.queries) return;
    addr head = row / of.queries, t = row % of.queries, b = head / of.heads, h = head % of.heads;
    const float *o = vector(out, b, h, t), *g = vector(gradient, b, h, t);
    float sum = 0.0f;
    for (int d = threadIdx.x % WARP; d < of.dim; d += WARP) sum = fmaf(o[d], g[d], sum);
    sum = warp_sum(sum);
    if (threadIdx.x % WARP == 0) delta[row] = sum;
}

template <int D, int WARPS, int GROUPS>
RL_DEVICE void queries_backward(Heads q, Heads k, Heads v, Heads dout, Heads dq, const float* mask, const float* lse, const float* probs,
        const float* delta, Sizes of, float scale, int causal) {
    const int ROWS = OF_WARP * WARPS, COLUMNS = SPREAD * GROUPS, THREADS = WARP * WARPS;
    RL_SHARED Tile<D, ROWS> queries, gradients;
    RL_SHARED Tile<D, COLUMNS> tile;  // of values, then of keys
    RL_SHARED Exchange<1> exchange[WARPS];
    addr tiles = (of.queries + ROWS - 1) / ROWS, head = blockIdx.x / tiles, b = head / of.heads, h = head % of.heads;
    int first = (int) (blockIdx.x % tiles) * ROWS;
    int count = of.queries - first < ROWS ? of.queries - first : ROWS;
    int seen = causal && first + count < of.keys ? first + count : of.keys;
    Sight sight = {mask ? mask + b * of.keys : nullptr, causal};
    Lane at = lane_of_thread();
    int own = at.warp * OF_WARP, query = first + own + at.row;
    addr place = head * of.queries + query;
    float log[4], inner_sum[4], factor[4];
    RL_UNROLL(4)
    for (int i = 0; i < 4; i++) {
        bool there = query + 4 * i < of.queries;
        log[i] = there && !probs ? lse[place + 4 * i] * LOG2_E : 0.0f;
        inner_sum[i] = there ? delta[place + 4 * i] : 0.0f;
        factor[i] = scale;
    }
    Features<D> f = {};
    if (!probs) load<D, ROWS, THREADS>(queries, vector(q, b, h, first), q.token, count, of.dim, scale * LOG2_E);
    load<D, ROWS, THREADS>(gradients, vector(dout, b, h, first), dout.token, count, of.dim, 1.0f);
    for (int begin = 0; begin < seen; begin += COLUMNS) {
        int n = seen - begin < COLUMNS ? seen - begin : COLUMNS;
        float s[4][GROUPS], d[4][GROUPS];
        __syncthreads();
        load<D, COLUMNS, THREADS>(tile, vector(v, b, h, begin), v.token, n, of.dim, 1.0f);
        __syncthreads();
        if (own < count) scores<D, GROUPS>(gradients, tile, n, at, d);
        __syncthreads();
        load<D, COLUMNS, THREADS>(tile, vector(k, b, h, begin), k.token, n, of.dim, 1.0f);
        __syncthreads();
        if (own >= count) continue;
        if (!probs) scores<D, GROUPS>(queries, tile, n, at, s);
        RL_UNROLL(8)
        for (int j = 0; j < GROUPS; j++) {
            int column = at.column + SPREAD * j, key = begin + column;
            bool all = column >= n || hidden(sight, key);
            RL_UNROLL(4)
            for (int i = 0; i < 4; i++) {
                bool shown = !all && query + 4 * i < of.queries && !(causal && key > query + 4 * i);
                float p = !shown ? 0.0f : probs ? probs[(place + 4 * i) * of.keys + key] : exp2f(s[i][j] - log[i]);
                d[i][j] = shown ? p * (d[i][j] - inner_sum[i]) : 0.0f;
            }
        }
        add_product<D, GROUPS, 1>(d, tile, n, at, exchange[at.warp], f);
    }
    if (own < count) store<D>(f, factor, vector(dq, b, h, first), dq.token, count, of.dim, at);
}

template <int D, int WARPS, int GROUPS>
RL_DEVICE void keys_backward(Heads q, Heads k, Heads v, Heads dout, Heads dk, Heads dv, const float* mask, const float* lse, const float* probs,
        const float* delta, Sizes of, float scale, int causal) {
    const int ROWS = OF_WARP * WARPS, COLUMNS = SPREAD * GROUPS, THREADS = WARP * WARPS;
    RL_SHARED Tile<D, ROWS> keys, values;
    RL_SHARED Tile<D, COLUMNS> tile;  // of queries, of dO, and of queries again
    RL_SHARED Exchange<1> exchange[WARPS];
    addr tiles = (of.keys + ROWS - 1) / ROWS, head = blockIdx.x / tiles, b = head / of.heads, h = head % of.heads;
    int first = (int) (blockIdx.x % tiles) * ROWS;
    int count = of.keys - first < ROWS ? of.keys - first : ROWS;
    Sight sight = {mask ? mask + b * of.keys : nullptr, causal};
    Lane at = lane_of_thread();
    int own = at.warp * OF_WARP, key = first + own + at.row;
    const float of_scores[4] = {scale, scale, scale, scale}, one[4] = {1.0f, 1.0f, 1.0f, 1.0f};
    bool shown[4];
    RL_UNROLL(4)
    for (int i = 0; i < 4; i++) shown[i] = key + 4 * i < of.keys && !hidden(sight, key + 4 * i);
    Features<D> fk = {}, fv = {};
    load<D, ROWS, THREADS>(keys, vector(k, b, h, first), k.token, count, of.dim, scale * LOG2_E);
    load<D, ROWS, THREADS>(values, vector(v, b, h, first), v.token, count, of.dim, 1.0f);
    for (int begin = causal ? first : 0; begin < of.queries; begin += COLUMNS) {
        int n = of.queries - begin < COLUMNS ? of.queries - begin : COLUMNS;
        addr place = head * of.queries + begin + at.column;
        float s[4][GROUPS], d[4][GROUPS];
        if (!probs) {
            __syncthreads();
            load<D, COLUMNS, THREADS>(tile, vector(q, b, h, begin), q.token, n, of.dim, 1.0f);
            __syncthreads();
            if (own < count) scores<D, GROUPS>(keys, tile, n, at, s);
        }
        __syncthreads();
        load<D, COLUMNS, THREADS>(tile, vector(dout, b, h, begin), dout.token, n, of.dim, 1.0f);
        __syncthreads();
        if (own < count) {
            RL_UNROLL(8)
            for (int j = 0; j < GROUPS; j++) {
                bool there = at.column + SPREAD * j < n;
                int query = begin + at.column + SPREAD * j;
                float log = there && !probs ? lse[place + SPREAD * j] * LOG2_E : 0.0f;
                RL_UNROLL(4)
                for (int i = 0; i < 4; i++) {
                    bool sees = there && shown[i] && !(causal && key + 4 * i > query);
                    s[i][j] = !sees ? 0.0f : probs ? probs[(place + SPREAD * j) * of.keys + key + 4 * i] : exp2f(s[i][j] - log);
                }
            }
            scores<D, GROUPS>(values, tile, n, at, d);
            add_product<D, GROUPS, 1>(s, tile, n, at, exchange[at.warp], fv);
            RL_UNROLL(8)
            for (int j = 0; j < GROUPS; j++) {
                bool there = at.column + SPREAD * j < n;
                int query = begin + at.column + SPREAD * j;
                float inner_sum = there ? delta[place + SPREAD * j] : 0.0f;
                RL_UNROLL(4)
                for (int i = 0; i < 4; i++) {
                    bool sees = there && shown[i] && !(causal && key + 4 * i > query);
                    d[i][j] = sees ? s[i][j] * (d[i][j] - inner_sum) : 0.0f;
                }
            }
        }
        __syncthreads();
        load<D, COLUMNS, THREADS>(tile, vector(q, b, h, begin), q.token, n, of.dim, 1.0f);
        __syncthreads();
        if (own < count) add_product<D, GROUPS, 1>(d, tile, n, at, exchange[at.warp], fk);
    }
    if (own >= count) return;
    store<D>(fk, of_scores, vector(dk, b, h, first), dk.token, count, of.dim, at);
    store<D>(fv, one, vector(dv, b, h, first), dv.token, count, of.dim, at);
}

}  // namespace attention

RL_KERNEL(attention_deltas, RL_HEADS(out), RL_HEADS(dout), float* delta, int batch, int heads, int queries, int keys, int dim) {
    attention::deltas(RL_VIEW(out), RL_VIEW(dout), delta, batch, {heads, queries, keys, dim});
}
#define RL_ATTENTION_BACKWARD(D, WARPS, GROUPS)                                                                                               \
    RL_KERNEL(attention_queries_backward_##D, RL_HEADS(q), RL_HEADS(k), RL_HEADS(v), RL_HEADS(dout), RL_HEADS(dq), const float* mask,          \
            const float* lse, const float* probs, const float* delta, int heads, int queries, int keys, int dim, float scale, int causal) {   \
        attention::queries_backward<D, WARPS, GROUPS>(RL_VIEW(q), RL_VIEW(k), RL_VIEW(v), RL_VIEW(dout), RL_VIEW(dq), mask, lse, probs,        \
                delta, {heads, queries, keys, dim}, scale, causal);                                                                           \
    }                                                                                                                                         \
    RL_KERNEL(attention_keys_backward_##D, RL_HEADS(q), RL_HEADS(k), RL_HEADS(v), RL_HEADS(dout), RL_HEADS(dk), RL_HEADS(dv),                  \
            const float* mask, const float* lse, const float* probs, const float* delta, int heads, int queries, int keys, int dim,           \
            float scale, int causal) {                                                                                                        \
        attention::keys_backward<D, WARPS, GROUPS>(RL_VIEW(q), RL_VIEW(k), RL_VIEW(v), RL_VIEW(dout), RL_VIEW(dk), RL_VIEW(dv), mask, lse,     \
                probs, delta, {heads, queries, keys, dim}, scale, causal);                                                                    \
    }
RL_ATTENTION_BACKWARD(32, 4, 5)
RL_ATTENTION_BACKWARD(64, 4, 5)
RL_ATTENTION_BACKWARD(128, 2, 3)
