// Attention forward: the contracts are those of AttentionKernels. A block has a tile of queries and goes through the keys tile by tile with
// the softmax of what it has seen so far. Scores are in units of log 2: exponentials are powers of two.
#pragma once
#include "attention_tiles.h"

namespace attention {

// The softmax of a thread's rows so far: their largest score, and its own share of the sum.
struct Rows {
    float top[4], total[4];
};
RL_DEVICE float base(float top) { return top == -INFINITY ? 0.0f : top; }

// Scores to powers of two beside the rows' tops; what was added before is scaled to new tops.
template <int D, int GROUPS> RL_DEVICE void soften(float (&s)[4][GROUPS], Rows& rows, Features<D>& f) {
    RL_UNROLL(4)
    for (int i = 0; i < 4; i++) {
        float top = rows.top[i];
        RL_UNROLL(8)
        for (int j = 0; j < GROUPS; j++) top = fmaxf(top, s[i][j]);
        top = row_max(top);
        float from = base(top), old = exp2f(rows.top[i] - from), sum = 0.0f;
        RL_UNROLL(8)
        for (int j = 0; j < GROUPS; j++) {
            s[i][j] = exp2f(s[i][j] - from);
            sum += s[i][j];
        }
        rows.top[i] = top;
        rows.total[i] = rows.total[i] * old + sum;
        RL_UNROLL(4)
        for (int c = 0; c < D / 32; c++) {
            RL_UNROLL(4)
            for (int l = 0; l < 4; l++) f.row[i][c].v[l] *= old;
        }
    }
}

// Scores of a thread's rows to probabilities, where it has put them; keys from seen on have none.
RL_DEVICE void finish(float* probs, int rows, int keys, int seen, Lane at, const Rows& of, const float (&factor)[4]) {
    RL_UNROLL(1)
    for (int j = at.column; j < keys; j += SPREAD) {
        RL_UNROLL(4)
        for (int i = 0; i < 4; i++) {
            float* p = probs + (addr) (at.row + 4 * i) * keys + j;
            if (at.row + 4 * i < rows) *p = exp2f((j < seen ? *p : -INFINITY) - base(of.top[i])) * factor[i];
        }
    }
}

template <int D, int WARPS, int GROUPS, int CHUNK>
RL_DEVICE void forward(Heads q, Heads k, Heads v, Heads out, const float* mask, float* lse, float* probs, Sizes of, float scale, int causal) {
    const int ROWS = OF_WARP * WARPS, COLUMNS = SPREAD * GROUPS, THREADS = WARP * WARPS;
    RL_SHARED Tile<D, ROWS> queries;
    RL_SHARED Tile<D, COLUMNS> tile;  // of keys, then of values
    RL_SHARED Exchange<CHUNK> exchange[WARPS];
    addr tiles = (of.queries + ROWS - 1) / ROWS, head = blockIdx.x / tiles, b = head / of.heads, h = head % of.heads;
    int first = (int) (blockIdx.x % tiles) * ROWS;
    int count = of.queries - first < ROWS ? of.queries - first : ROWS;
    int seen = causal && first + count < of.keys ? first + count : of.keys;
    Sight sight = {mask ? mask + b * of.keys : nullptr, causal};
    Lane at = lane_of_thread<WARPS>(head);
    int query = first + at.first + at.row;
    Rows rows = {{-INFINITY, -INFINITY, -INFINITY, -INFINITY}, {}};
    Features<D> f = {};
    addr place = head * of.queries + query;  // of the thread's first row in lse

    load<D, ROWS, THREADS>(queries, vector(q, b, h, first), q.token, count, of.dim, scale * LOG2_E);
    for (int begin = 0; begin < seen; begin += COLUMNS) {
        int n = seen - begin < COLUMNS ? seen - begin : COLUMNS;
        float s[4][GROUPS];
        __syncthreads();
        load<D, COLUMNS, THREADS>(tile, vector(k, b, h, begin), k.token, n, of.dim, 1.0f);
        __syncthreads();
        if (at.first < count) {
            scores<D, GROUPS>(queries, tile, n, at, s);
            hide(s, sight, query - at.row, begin, n, at);
            if (probs) {
                for (int i = 0; i < 4; i++) {
                    for (int j = 0; j < GROUPS; j++) {
                        int column = at.column + SPREAD * j;
                        if (query + 4 * i < of.queries && column < n) probs[(place + 4 * i) * of.keys + begin + column] = s[i][j];
                    }
                }
            }
            soften<D, GROUPS>(s, rows, f);
        }
        __syncthreads();
        load<D, COLUMNS, THREADS>(tile, vector(v, b, h, begin), v.token, n, of.dim, 1.0f);
        __syncthreads();
        if (at.first < count) add_product<D, GROUPS, CHUNK>(s, tile, n, at, exchange[at.first / OF_WARP], f);
    }
    if (at.first >= count) return;
    float factor[4];
    RL_UNROLL(4)
    for (int i = 0; i < 4; i++) {
        float total = row_sum(rows.total[i]);
        factor[i] = total == 0.0f ? 0.0f : 1.0f / total;
        if (lse && at.column == 0 && query + 4 * i < of.queries) lse[place + 4 * i] = total == 0.0f ? 0.0f : (base(rows.top[i]) + log2f(total)) * LN_2;
    }
    store<D>(f, factor, vector(out, b, h, first), out.token, count, of.dim, at);
    if (probs) finish(probs + (head * of.queries + first + at.first) * of.keys, count - at.first, of.keys, seen, at, rows, factor);
}

}  // namespace attention

#define RL_ATTENTION(D, WARPS, GROUPS, CHUNK, BLOCKS)                                                                                        \
    RL_KERNEL_OF(WARP * WARPS, BLOCKS, attention_##D, RL_HEADS(q), RL_HEADS(k), RL_HEADS(v), RL_HEADS(out), const float* mask, float* lse,   \
            float* probs, int heads, int queries, int keys, int dim, float scale, int causal) {                                              \
        attention::forward<D, WARPS, GROUPS, CHUNK>(RL_VIEW(q), RL_VIEW(k), RL_VIEW(v), RL_VIEW(out), mask, lse, probs,                      \
                {heads, queries, keys, dim}, scale, causal);                                                                                 \
    }
RL_ATTENTION(32, 4, 8, 4, 4)
RL_ATTENTION(64, 4, 8, 4, 4)
RL_ATTENTION(128, 2, 4, 4, 5)
