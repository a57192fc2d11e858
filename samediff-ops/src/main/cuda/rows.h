// Work on rows: by a warp each where they are short, else by a block each. A thread holds HELD elements of its row at a time, so that short rows are read
// once; longer ones go piece by piece.
#pragma once
#include "device.h"

const int HELD = 8;

struct Row {
    addr row;    // which
    int first;   // column of this thread; the others follow step apart
    int step;    // threads that share the row
    bool alone;  // whether they are a warp, and other warps of the block have other rows
};

// rows_of_block: 1, or the number of warps.
RL_DEVICE Row row_of(int rows_of_block) {
    bool alone = rows_of_block > 1;
    int thread = threadIdx.x;
    return {(addr) blockIdx.x * rows_of_block + (alone ? thread / WARP : 0), alone ? thread % WARP : thread, alone ? WARP : (int) blockDim.x, alone};
}

// Sum over the threads of a row. shared: a float per warp.
RL_DEVICE float row_sum(const Row& r, float v, float* shared) { return r.alone ? warp_sum(v) : block_sum(v, shared); }

// Calls f(k, column) for what this thread has of the piece that starts at column from.
template <class F> RL_DEVICE void each_held(const Row& r, addr from, addr cols, F f) {
    for (int k = 0; k < HELD; k++) {
        addr i = from + r.first + (addr) k * r.step;
        if (i < cols) f(k, i);
    }
}
RL_DEVICE addr piece_of(const Row& r) { return (addr) HELD * r.step; }
