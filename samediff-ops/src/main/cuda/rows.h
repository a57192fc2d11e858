// Work on rows: by a warp each where they are short, else by a block each. A thread holds HELD elements of its row at a time, so that short rows are read
// once; longer ones go piece by piece.
#pragma once
#include "device.h"

const int HELD = 8;
const int ROW_THREADS = 1024;  // of a block, at most

struct Row {
    addr row;    // which
    int first;   // column of this thread in a piece; the others follow WARP apart
    addr piece;  // columns of a piece
    bool alone;  // whether a warp has the row, and other warps of the block have other rows
};

// rows_of_block: 1, or the number of warps.
RL_DEVICE Row row_of(int rows_of_block) {
    bool alone = rows_of_block > 1;
    int lane = threadIdx.x % WARP, warp = threadIdx.x / WARP;
    if (alone) return {(addr) blockIdx.x * rows_of_block + warp, lane, HELD * WARP, true};
    return {(addr) blockIdx.x, warp * HELD * WARP + lane, (addr) HELD * blockDim.x, false};
}

// Sum over the threads of a row. shared: a float per warp.
RL_DEVICE float row_sum(const Row& r, float v, float* shared) { return r.alone ? warp_sum(v) : block_sum(v, shared); }

// Calls f(k, column) for what this thread has of the piece that starts at column from.
template <class F> RL_DEVICE void each_held(const Row& r, addr from, addr cols, F f) {
    addr first = from + r.first, left = cols - first;
    int n = left < HELD * WARP ? (int) left : HELD * WARP;
    for (int k = 0; k < HELD; k++) {
        if (k * WARP < n) f(k, first + k * WARP);
    }
}
