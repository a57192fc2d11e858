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

template <int D, int R, int WARPS, int GROUPS>
RL_DEVICE void queries_backward(Heads q, Heads k, Heads v, Heads dout, Heads dq, const float* mask, const float* lse, const float* probs,
        const float* delta, Sizes of, float scale, int causal) {
    const int ROWS = APART * R * WARPS, COLUMNS = SPREAD * GROUPS, THREADS = WARP * WARPS;
    RL_SHARED Tile<D, ROWS> queries, gradients;
    RL_SHARED Tile<D, COLUMNS> tile;  // of values, then of keys
    RL_SHARED Exchange<R, 1> exchange[WARPS];
    addr tiles = (of.queries + ROWS - 1) / ROWS, head = blockIdx.x / tiles, b = head / of.heads, h = head % of.heads;
    int first = (int) (blockIdx.x % tiles) * ROWS;
    int count = of.queries - first < ROWS ? of.queries - first : ROWS;
    int seen = causal && first + count < of.keys ? first + count : of.keys;
    Sight sight = {mask ? mask + b * of.keys : nullptr, causal};
    Lane at = lane_of_thread<WARPS, R>(head);
    int query = first + at.first + at.row;
    addr place = head * of.queries + query;
    float log[R], inner_sum[R], factor[R];
    RL_UNROLL(8)
    for (int i = 0; i < R; i++) {
        bool there = query + APART * i < of.queries;
        log[i] = there && !probs ? lse[place + APART * i] * LOG2_E : 0.0f;
        inner_sum[i] = there ? delta[place + APART * i] : 0.0f;
        factor[i] = scale;
    }
    Features<D, R> f = {};
    if (!probs) load<D, ROWS, THREADS>(queries, vector(q, b, h, first), q.token, count, of.dim, scale * LOG2_E);
    load<D, ROWS, THREADS>(gradients, vector(dout, b, h, first), dout.token, count, of.dim, 1.0f);
    for (int begin = 0; begin < seen; begin += COLUMNS) {
        int n = seen - begin < COLUMNS ? seen - begin : COLUMNS;
        float s[R][GROUPS], d[R][GROUPS];
        __syncthreads();
        load<D, COLUMNS, THREADS>(tile, vector(v, b, h, begin), v.token, n, of.dim, 1.0f);
        __syncthreads();
        if (at.first < count) scores<D, R, GROUPS>(gradients, tile, n, at, d);
        __syncthreads();
        load<D, COLUMNS, THREADS>(tile, vector(k, b, h, begin), k.token, n, of.dim, 1.0f);
        __syncthreads();
        if (at.first >= count) continue;
        if (!probs) {
            scores<D, R, GROUPS>(queries, tile, n, at, s);
            hide(s, sight, first + at.first, begin, n, at);
        }
        RL_UNROLL(8)
        for (int j = 0; j < GROUPS; j++) {
            int column = at.column + SPREAD * j;
            RL_UNROLL(8)
            for (int i = 0; i < R; i++) {
                float p;
                if (probs) {
                    p = column < n && query + APART * i < of.queries ? probs[(place + APART * i) * of.keys + begin + column] : 0.0f;
                } else {
                    p = exp2f(s[i][j] - log[i]);
                }
                d[i][j] = p * (d[i][j] - inner_sum[i]);
            }
        }
        add_product<D, R, GROUPS, 1>(d, tile, n, at, exchange[at.first / (APART * R)], f);
    }
    if (at.first < count) store<D, R>(f, factor, vector(dq, b, h, first), dq.token, count, of.dim, at);
}

template <int D, int R, int WARPS, int GROUPS>
RL_DEVICE void keys_backward(Heads q, Heads k, Heads v, Heads dout, Heads dk, Heads dv, const float* mask, const float* lse, const float* probs,
        const float* delta, Sizes of, float scale, int causal) {
    const int ROWS = APART * R * WARPS, COLUMNS = SPREAD * GROUPS, THREADS = WARP * WARPS;
    RL_SHARED Tile<D, ROWS> keys, values;
    RL_SHARED Tile<D, COLUMNS> tile;  // of queries, of dO, and of queries again
    RL_SHARED Exchange<R, 1> exchange[WARPS];
    RL_SHARED float log[COLUMNS], inner_sum[COLUMNS];
    addr tiles = (of.keys + ROWS - 1) / ROWS, head = blockIdx.x / tiles, b = head / of.heads, h = head % of.heads;
    int first = (int) (blockIdx.x % tiles) * ROWS;
    int count = of.keys - first < ROWS ? of.keys - first : ROWS;
    Lane at = lane_of_thread<WARPS, R>(head);
    int key = first + at.first + at.row;
    float of_scores[R], one[R];
    RL_UNROLL(8)
    for (int i = 0; i < R; i++) {
        of_scores[i] = scale;
        one[i] = 1.0f;
    }
    bool masked[R];
    RL_UNROLL(8)
    for (int i = 0; i < R; i++) masked[i] = mask && key + APART * i < of.keys && mask[b * of.keys + key + APART * i] == 0.0f;
    Features<D, R> fk = {}, fv = {};
    load<D, ROWS, THREADS>(keys, vector(k, b, h, first), k.token, count, of.dim, scale * LOG2_E);
    load<D, ROWS, THREADS>(values, vector(v, b, h, first), v.token, count, of.dim, 1.0f);
    for (int begin = causal ? first : 0; begin < of.queries; begin += COLUMNS) {
        int n = of.queries - begin < COLUMNS ? of.queries - begin : COLUMNS;
        addr place = head * of.queries + begin;
        float s[R][GROUPS], d[R][GROUPS];
        if (!probs) {
            __syncthreads();
            load<D, COLUMNS, THREADS>(tile, vector(q, b, h, begin), q.token, n, of.dim, 1.0f);
            for (int i = threadIdx.x; i < COLUMNS; i += THREADS) log[i] = i < n ? lse[place + i] * LOG2_E : 0.0f;
            __syncthreads();
            if (at.first < count) scores<D, R, GROUPS>(keys, tile, n, at, s);
        }
        __syncthreads();
        load<D, COLUMNS, THREADS>(tile, vector(dout, b, h, begin), dout.token, n, of.dim, 1.0f);
        for (int i = threadIdx.x; i < COLUMNS; i += THREADS) inner_sum[i] = i < n ? delta[place + i] : 0.0f;
        __syncthreads();
        if (at.first < count) {
            RL_UNROLL(8)
            for (int j = 0; j < GROUPS; j++) {
                int column = at.column + SPREAD * j;
                RL_UNROLL(8)
                for (int i = 0; i < R; i++) {
                    if (probs) {
                        s[i][j] = column < n && key + APART * i < of.keys ? probs[(place + column) * of.keys + key + APART * i] : 0.0f;
                    } else {
                        bool hidden = column >= n || masked[i] || (causal && key + APART * i > begin + column);
                        s[i][j] = hidden ? 0.0f : exp2f(s[i][j] - log[column]);
                    }
                }
            }
            scores<D, R, GROUPS>(values, tile, n, at, d);
            add_product<D, R, GROUPS, 1>(s, tile, n, at, exchange[at.first / (APART * R)], fv);
            RL_UNROLL(8)
            for (int j = 0; j < GROUPS; j++) {
                RL_UNROLL(8)
                for (int i = 0; i < R; i++) d[i][j] = s[i][j] * (d[i][j] - inner_sum[at.column + SPREAD * j]);
            }
        }
        __syncthreads();
        load<D, COLUMNS, THREADS>(tile, vector(q, b, h, begin), q.token, n, of.dim, 1.0f);
        __syncthreads();
        if (at.first < count) add_product<D, R, GROUPS, 1>(d, tile, n, at, exchange[at.first / (APART * R)], fk);
    }
    if (at.first >= count) return;
    store<D, R>(fk, of_scores, vector(dk, b, h, first), dk.token, count, of.dim, at);
    store<D, R>(fv, one, vector(dv, b, h, first), dv.token, count, of.dim, at);
}

}  // namespace attention

RL_KERNEL(attention_deltas, RL_HEADS(out), RL_HEADS(dout), float* delta, int batch, int heads, int queries, int keys, int dim) {
    attention::deltas(RL_VIEW(out), RL_VIEW(dout), delta, batch, {heads, queries, keys, dim});
}
#define RL_QUERIES_BACKWARD(D, R, WARPS, GROUPS, BLOCKS)                                                                                     \
    RL_KERNEL_OF(WARP * WARPS, BLOCKS, attention_queries_backward_##D, RL_HEADS(q), RL_HEADS(k), RL_HEADS(v), RL_HEADS(dout), RL_HEADS(dq),  \
            const float* mask, const float* lse, const float* probs, const float* delta, int heads, int queries, int keys, int dim,          \
            float scale, int causal) {                                                                                                       \
        attention::queries_backward<D, R, WARPS, GROUPS>(RL_VIEW(q), RL_VIEW(k), RL_VIEW(v), RL_VIEW(dout), RL_VIEW(dq), mask, lse,          \
                probs, delta, {heads, queries, keys, dim}, scale, causal);                                                                   \
    }
#define RL_KEYS_BACKWARD(D, R, WARPS, GROUPS, BLOCKS)                                                                                        \
    RL_KERNEL_OF(WARP * WARPS, BLOCKS, attention_keys_backward_##D, RL_HEADS(q), RL_HEADS(k), RL_HEADS(v), RL_HEADS(dout), RL_HEADS(dk),     \
            RL_HEADS(dv), const float* mask, const float* lse, const float* probs, const float* delta, int heads, int queries, int keys,     \
            int dim, float scale, int causal) {                                                                                              \
        attention::keys_backward<D, R, WARPS, GROUPS>(RL_VIEW(q), RL_VIEW(k), RL_VIEW(v), RL_VIEW(dout), RL_VIEW(dk), RL_VIEW(dv), mask,     \
                lse, probs, delta, {heads, queries, keys, dim}, scale, causal);                                                              \
    }
RL_QUERIES_BACKWARD(32, 4, 4, 5, 4)
RL_QUERIES_BACKWARD(64, 4, 4, 5, 4)
RL_QUERIES_BACKWARD(128, 4, 2, 3, 4)
RL_KEYS_BACKWARD(32, 4, 4, 5, 4)
RL_KEYS_BACKWARD(64, 4, 4, 5, 3)
RL_KEYS_BACKWARD(128, 4, 2, 3, 4)
