// The bias of a linear layer, and of a convolution, and rows of tables: the contracts are those of LinearKernels.
#pragma once
#include "elements.h"

const int COLUMN_THREADS = 256;

// Sums over chunks of rows, [gridDim.y, cols]. A block takes WARP columns; its warps take turns with the rows.
RL_KERNEL(column_sums, const float* x, float* out, addr rows, addr cols, addr chunk) {
    const int WARPS = COLUMN_THREADS / WARP;
    RL_SHARED float shared[WARPS][WARP];
    int lane = threadIdx.x % WARP, warp = threadIdx.x / WARP;
    addr c = (addr) blockIdx.x * WARP + lane, first = blockIdx.y * chunk, last = first + chunk < rows ? first + chunk : rows;
    float sums[EACH] = {};
    if (c < cols) {
        addr row = first + warp;
        for (; row + (EACH - 1) * WARPS < last; row += EACH * WARPS) {
            for (int k = 0; k < EACH; k++) sums[k] += x[(row + k * WARPS) * cols + c];
        }
        for (; row < last; row += WARPS) sums[0] += x[row * cols + c];
    }
    shared[warp][lane] = (sums[0] + sums[1]) + (sums[2] + sums[3]);
    __syncthreads();
    if (warp > 0 || c >= cols) return;
    float sum = 0.0f;
    for (int w = 0; w < WARPS; w++) sum += shared[w][lane];
    out[blockIdx.y * cols + c] = sum;
}

// Rows of a table += rows of x. places: the rows of the table that get any, where the list of each begins, its end, and the lists of rows of x, in x's order.
RL_KERNEL(scatter_add, const float* x, const addr* places, float* table, addr cols, addr targets) {
    addr c = (addr) blockIdx.x * blockDim.x + threadIdx.x;
    if (c >= cols) return;
    const addr *starts = places + targets, *rows = starts + targets + 1;
    for (addr t = blockIdx.y; t < targets; t += gridDim.y) {
        float* to = table + places[t] * cols + c;
        float sum = *to;
        for (addr i = starts[t]; i < starts[t + 1]; i++) sum += x[rows[i] * cols + c];
        *to = sum;
    }
}

// x += bias over [batch, channels, inner], n elements.
RL_KERNEL(add_bias, float* x, const float* bias, addr n, addr channels, addr inner) {
    addr i = first_element();
    float v[EACH];
    get(v, x, i, n);
    Channel c(i, channels, inner);
    for (int k = 0; k < EACH; k++) {
        v[k] += bias[c.channel];
        c.next();
    }
    put(x, v, i, n);
}
