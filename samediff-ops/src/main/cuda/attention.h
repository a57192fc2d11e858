// Attention forward: the contracts are those of AttentionKernels. A block has a tile of queries and goes through the keys tile by tile with
// the softmax of what it has seen so far. Scores are in units of log 2: exponentials are powers of two.
#pragma once
#include "attention_tiles.h"

namespace attention {

// The softmax of a thread's rows so far: their largest score, and its own share of the sum.
template <int R> struct Rows {
    float top[R], total[R];
};
RL_DEVICE float base(float top) { return top == -INFINITY ? 0.0f : top; }

// Scores to powers of two beside the rows' tops; what was added before is scaled to new tops.
template <int D, int R, int GROUPS> RL_DEVICE void soften(float (&s)[R][GROUPS], Rows<R>& rows, Features<D, R>& f) {
    RL_UNROLL(8)
    for (int i = 0; i < R; i++) {
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
template <int R> RL_DEVICE void finish(float* probs, int rows, int keys, int seen, Lane at, const Rows<R>& of, const float (&factor)[R]) {
    RL_UNROLL(1)
    for (int j = at.column; j < keys; j += SPREAD) {
        RL_UNROLL(8)
        for (int i = 0; i < R; i++) {
            float* p = probs + (addr) (at.row + APART * i) * keys + j;
            if (at.row + APART * i < rows) *p = exp2f((j < seen ? *p : -INFINITY) - base(of.top[i])) * factor[i];
        }
    }
}

template <int D, int R, int WARPS, int GROUPS, int CHUNK>
RL_DEVICE void forward(Heads q, Heads k, Heads v, Heads out, const float* mask, float* lse, float* probs, Sizes of, float scale, int causal) {
    const int ROWS = APART * R * WARPS, COLUMNS = SPREAD * GROUPS, THREADS = WARP * WARPS;
    RL_SHARED Tile<D, ROWS> queries;
    RL_SHARED Tile<D, COLUMNS> tile;  // of keys, then of values
    RL_SHARED Exchange<R, CHUNK> exchange[WARPS];
    addr tiles = (of.queries + ROWS - 1) / ROWS, head = blockIdx.x / tiles, b = head / of.heads, h = head % of.heads;
    int first = (int) (blockIdx.x % tiles) * ROWS;
    int count = of.queries - first < ROWS ? of.queries - first : ROWS;
    int seen = causal && first + count < of.keys ? first + count : of.keys;
    Sight sight = {mask ? mask + b * of.keys : nullptr, causal};
    Lane at = lane_of_thread<WARPS, R>(head);
    int query = first + at.first + at.row;
    Rows<R> rows;
    RL_UNROLL(8)
    for (int i = 0; i < R; i++) {
        rows.top[i] = -INFINITY;
        rows.total[i] = 0.0f;
    }
    Features<D, R> f = {};
    addr place = head * of.queries + query;  // of the thread's first row in lse

    load<D, ROWS, THREADS>(queries, vector(q, b, h, first), q.token, count, of.dim, scale * LOG2_E);
    for (int begin = 0; begin < seen; begin += COLUMNS) {
        int n = seen - begin < COLUMNS ? seen - begin : COLUMNS;
        float s[R][GROUPS];
        __syncthreads();
        load<D, COLUMNS, THREADS>(tile, vector(k, b, h, begin), k.token, n, of.dim, 1.0f);
        __syncthreads();
        if (at.first < count) {
            scores<D, R, GROUPS>(queries, tile, n, at, s);
            hide(s, sight, first + at.first, begin, n, at);
            if (probs) {
                for (int i = 0; i < R; i++) {
                    for (int j = 0; j < GROUPS; j++) {
                        int column = at.column + SPREAD * j;
                        if (query + APART * i < of.queries && column < n) probs[(place + APART * i) * of.keys + begin + column] = s[i][j];
                    }
                }
            }
            soften<D, R, GROUPS>(s, rows, f);
        }
        __syncthreads();
        load<D, COLUMNS, THREADS>(tile, vector(v, b, h, begin), v.token, n, of.dim, 1.0f);
        __syncthreads();
        if (at.first < count) add_product<D, R, GROUPS, CHUNK>(s, tile, n, at, exchange[at.first / (APART * R)], f);
    }
    if (at.first >= count) return;
    float factor[R];
    RL_UNROLL(8)
    for (int i = 0; i < R; i++) {
        float total = row_sum(rows.total[i]);
        factor[i] = total == 0.0f ? 0.0f : 1.0f / total;
        if (lse && at.column == 0 && query + APART * i < of.queries) {
            lse[place + APART * i] = total == 0.0f ? 0.0f : (base(rows.top[i]) + log2f(total)) * LN_2;
        }
    }
    store<D, R>(f, factor, vector(out, b, h, first), out.token, count, of.dim, at);
    if (probs) finish(probs + (head * of.queries + first + at.first) * of.keys, count - at.first, of.keys, seen, at, rows, factor);
}

}  // namespace attention

// R rows a thread, and at least so many blocks at once: what fits into a device's registers.
#define RL_ATTENTION(D, R, WARPS, GROUPS, CHUNK, BLOCKS)                                                                                     \
    RL_KERNEL_OF(WARP * WARPS, BLOCKS, attention_##D, RL_HEADS(q), RL_HEADS(k), RL_HEADS(v), RL_HEADS(out), const float* mask, float* lse,   \
            float* probs, int heads, int queries, int keys, int dim, float scale, int causal) {                                              \
        attention::forward<D, R, WARPS, GROUPS, CHUNK>(RL_VIEW(q), RL_VIEW(k), RL_VIEW(v), RL_VIEW(out), mask, lse, probs,                   \
                {heads, queries, keys, dim}, scale, causal);                                                                                 \
    }
RL_ATTENTION(32, 4, 4, 8, 4, 4)
RL_ATTENTION(64, 4, 4, 8, 4, 4)
RL_ATTENTION(128, 4, 2, 4, 4, 5)
