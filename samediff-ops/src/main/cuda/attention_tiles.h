// Products of tiles for attention. A warp owns 4 R rows of its block's tile and goes through all columns: of a product of rows with columns
// (scores) a thread holds R rows times GROUPS columns, of one of scores with the columns' own vectors R rows times D/8 features. Lanes are
// laid out so that what neighbours read of shared memory is the same or in other banks.
#pragma once
#include "device.h"

namespace attention {

const int APART = 4;   // rows of a warp that its lanes stand side by side in
const int SPREAD = 8;  // columns, or quads of features, likewise
const float LOG2_E = 1.44269504f;
const float LN_2 = 0.693147181f;

struct alignas(16) Quad {
    float v[4];
};

struct Heads {  // HeadView: the address of the first vector, and strides in elements
    float* data;
    addr batch, head, token;
};
RL_DEVICE float* vector(const Heads& h, addr b, addr head, addr t) { return h.data + b * h.batch + head * h.head + t * h.token; }
#define RL_HEADS(x) float *x, addr x##_batch, addr x##_head, addr x##_token
#define RL_VIEW(x) attention::Heads{x, x##_batch, x##_head, x##_token}

// What a lane has: rows row + 4i, i < R, of those of its warp, which begin at first; columns column + 8j.
struct Lane {
    int first, row, column;
};
// turn: any number. Blocks of different turns leave different warps without rows, for a core of the device has every fourth warp.
template <int WARPS, int R> RL_DEVICE Lane lane_of_thread(addr turn) {
    int lane = threadIdx.x % WARP, warp = (int) ((threadIdx.x / WARP + turn) % WARPS);
    return {warp * APART * R, (lane & 1) | (lane >> 1 & 2), (lane >> 1 & 1) | (lane >> 2 & 6)};
}

// Over the lanes of a row.
RL_DEVICE float row_sum(float v) {
    v += __shfl_xor_sync(ALL_LANES, v, 2);
    v += __shfl_xor_sync(ALL_LANES, v, 8);
    return v + __shfl_xor_sync(ALL_LANES, v, 16);
}
RL_DEVICE float row_max(float v) {
    v = fmaxf(v, __shfl_xor_sync(ALL_LANES, v, 2));
    v = fmaxf(v, __shfl_xor_sync(ALL_LANES, v, 8));
    return fmaxf(v, __shfl_xor_sync(ALL_LANES, v, 16));
}

RL_DEVICE bool by_quads(const float* p, addr stride, int dim) { return ((addr) p | stride * 4 | dim * 4) % 16 == 0; }

// A tile in shared memory: ROWS vectors of D features, a quad apart against bank conflicts.
template <int D, int ROWS> struct Tile {
    Quad row[ROWS][D / 4 + 1];
};

// The whole block loads count vectors times factor; behind them and behind dim there are zeros.
template <int D, int ROWS, int THREADS>
RL_DEVICE void load(Tile<D, ROWS>& to, const float* from, addr stride, int count, int dim, float factor) {
    if (by_quads(from, stride, dim)) {
        const int QUADS = D / 4, STEP = THREADS / QUADS;
        int q = threadIdx.x % QUADS, row = threadIdx.x / QUADS;
        const float* p = from + row * stride + 4 * q;
        if (4 * q >= dim) count = 0;
        RL_UNROLL(4)
        for (int i = 0; i < (ROWS + STEP - 1) / STEP; i++, p += STEP * stride) {
            int r = row + i * STEP;
            Quad quad = {};
            if (r < count) quad = *(const Quad*) p;
            RL_UNROLL(4)
            for (int l = 0; l < 4; l++) quad.v[l] *= factor;
            if (ROWS % STEP == 0 || r < ROWS) to.row[r][q] = quad;
        }
    } else {
        RL_UNROLL(2)
        for (int i = threadIdx.x; i < ROWS * D; i += THREADS) {
            int r = i / D, d = i % D;
            to.row[r][d / 4].v[d % 4] = r < count && d < dim ? from[r * stride + d] * factor : 0.0f;
        }
    }
}

// The features that a thread has of its rows: quads column, column + 8, ...
template <int D, int R> struct Features {
    Quad row[R][D / 32];
};
template <int D, int R>
RL_DEVICE void store(const Features<D, R>& f, const float (&factor)[R], float* to, addr stride, int count, int dim, Lane at) {
    bool quads = by_quads(to, stride, dim);
    RL_UNROLL(8)
    for (int i = 0; i < R; i++) {
        int r = at.first + at.row + APART * i;
        RL_UNROLL(4)
        for (int c = 0; c < D / 32; c++) {
            int d = 4 * (at.column + SPREAD * c);
            Quad quad = f.row[i][c];
            RL_UNROLL(4)
            for (int l = 0; l < 4; l++) quad.v[l] *= factor[i];
            if (r >= count || d >= dim) continue;
            float* p = to + r * stride + d;
            if (quads) {
                *(Quad*) p = quad;
            } else {
                RL_UNROLL(4)
                for (int l = 0; l < 4; l++) {
                    if (d + l < dim) p[l] = quad.v[l];
                }
            }
        }
    }
}

// Inner products of a warp's rows with the first n columns; what lies behind them in the last group is a product too.
template <int D, int R, int GROUPS, int FROM, int TO, int UNROLLED, class Rows, class Columns>
RL_DEVICE void inner(const Rows& rows, const Columns& columns, Lane at, float (&s)[R][GROUPS]) {
    RL_UNROLL(8)
    for (int i = 0; i < R; i++) {
        RL_UNROLL(8)
        for (int j = FROM; j < TO; j++) s[i][j] = 0.0f;
    }
    RL_UNROLL(UNROLLED)
    for (int q = 0; q < D / 4; q++) {
        Quad a[R];
        RL_UNROLL(8)
        for (int i = 0; i < R; i++) a[i] = rows.row[at.first + at.row + APART * i][q];
        RL_UNROLL(8)
        for (int j = FROM; j < TO; j++) {
            Quad b = columns.row[at.column + SPREAD * j][q];
            RL_UNROLL(4)
            for (int l = 0; l < 4; l++) {
                RL_UNROLL(8)
                for (int i = 0; i < R; i++) s[i][j] = fmaf(a[i].v[l], b.v[l], s[i][j]);
            }
        }
    }
}
template <int D, int R, int GROUPS, int J = 0, class Rows, class Columns>
RL_DEVICE void inner_of_few(const Rows& rows, const Columns& columns, int n, Lane at, float (&s)[R][GROUPS]) {
    if constexpr (J < GROUPS) {
        if (SPREAD * J < n) {
            inner<D, R, GROUPS, J, J + 1, 1>(rows, columns, at, s);
        } else {
            for (int i = 0; i < R; i++) s[i][J] = 0.0f;
        }
        inner_of_few<D, R, GROUPS, J + 1>(rows, columns, n, at, s);
    }
}
template <int D, int R, int GROUPS, class Rows, class Columns>
RL_DEVICE void scores(const Rows& rows, const Columns& columns, int n, Lane at, float (&s)[R][GROUPS]) {
    if (n > SPREAD * (GROUPS - 1)) {
        inner<D, R, GROUPS, 0, GROUPS, 2>(rows, columns, at, s);
    } else {
        inner_of_few<D, R, GROUPS>(rows, columns, n, at, s);
    }
}

// Where the lanes of a warp hand each other CHUNK groups of scores.
template <int R, int CHUNK> struct Exchange {
    Quad row[APART * R][2 * CHUNK + (CHUNK > 1 ? 2 : 0)];
};

// f += s times the vectors of the first n columns.
template <int D, int R, int GROUPS, int CHUNK, class Columns>
RL_DEVICE void add_product(const float (&s)[R][GROUPS], const Columns& columns, int n, Lane at, Exchange<R, CHUNK>& of_warp, Features<D, R>& f) {
    RL_UNROLL(8)
    for (int g = 0; g < GROUPS; g += CHUNK) {
        if (SPREAD * g >= n) continue;
        __syncwarp();
        RL_UNROLL(8)
        for (int i = 0; i < R; i++) {
            RL_UNROLL(8)
            for (int c = 0; c < CHUNK; c++) {
                int column = at.column + SPREAD * c;
                of_warp.row[at.row + APART * i][column / 4].v[column % 4] = s[i][g + c];
            }
        }
        __syncwarp();
        int quads = (n - SPREAD * g + 3) / 4;
        if (quads > 2 * CHUNK) quads = 2 * CHUNK;
        RL_UNROLL(1)
        for (int q = 0; q < quads; q++) {
            Quad a[R];
            RL_UNROLL(8)
            for (int i = 0; i < R; i++) a[i] = of_warp.row[at.row + APART * i][q];
            RL_UNROLL(4)
            for (int k = 0; k < 4; k++) {
                RL_UNROLL(4)
                for (int c = 0; c < D / 32; c++) {
                    Quad b = columns.row[SPREAD * g + 4 * q + k][at.column + SPREAD * c];
                    RL_UNROLL(8)
                    for (int i = 0; i < R; i++) {
                        RL_UNROLL(4)
                        for (int l = 0; l < 4; l++) f.row[i][c].v[l] = fmaf(a[i].v[k], b.v[l], f.row[i][c].v[l]);
                    }
                }
            }
        }
    }
}

struct Sizes {
    int heads, queries, keys, dim;
};

// Which keys of a head the queries see.
struct Sight {
    const float* mask;  // of the batch item's keys, or null
    int causal;
};

// -infinity for what the queries of a warp, which begin at first, do not see of the n keys from begin on.
template <int R, int GROUPS> RL_DEVICE void hide(float (&s)[R][GROUPS], const Sight& sight, int first, int begin, int n, Lane at) {
    bool crossed = sight.causal && begin + n - 1 > first;
    if (n == SPREAD * GROUPS && !crossed && !sight.mask) return;
    RL_UNROLL(8)
    for (int j = 0; j < GROUPS; j++) {
        int place = at.column + SPREAD * j, key = begin + place;
        bool all = place >= n || (sight.mask && sight.mask[key] == 0.0f);
        RL_UNROLL(8)
        for (int i = 0; i < R; i++) {
            if (all || (sight.causal && key > first + at.row + APART * i)) s[i][j] = -INFINITY;
        }
    }
}

}  // namespace attention
