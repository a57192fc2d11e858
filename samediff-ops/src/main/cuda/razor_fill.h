// Back Razor, what was dropped: on which side of 0 it was, one bit per element, and the mean of each side of a sample. Sums run in double, over pieces
// whose bounds depend on the sizes alone.
#pragma once
#include "razor_store.h"

namespace razor {

struct Sides {
    double sum[2];
    addr count[2];
};

RL_KERNEL(razor_positive, const float* x, byte* positive, addr n) {
    const addr i = first_element();
    float v[EACH];
    bool above[EACH];
    get(v, x, i, n);
    for (int k = 0; k < EACH; k++) above[k] = v[k] > 0.0f;
    put_bits(positive, above, i, n);
}

// A block for a piece of a sample.
RL_KERNEL(razor_sides, const float* x, const byte* bitmap, Sides* parts, addr m, addr piece, addr pieces) {
    RL_SHARED double sums[WARP];
    RL_SHARED addr counts[WARP];
    const addr s = blockIdx.x / pieces, from = s * m + blockIdx.x % pieces * piece, last = (s + 1) * m, end = from + piece < last ? from + piece : last;
    double above = 0, other = 0;
    addr up = 0, down = 0;
    for (addr i = from + threadIdx.x; i < end; i += EACH * blockDim.x) {
        float v[EACH];
        bool dropped[EACH];
        for (int j = 0; j < EACH; j++) {
            addr at = i + j * blockDim.x;
            v[j] = at < end ? x[at] : 0.0f;
            dropped[j] = at < end && !get_bit(bitmap, at);
        }
        for (int j = 0; j < EACH; j++) {
            if (dropped[j] && v[j] > 0.0f) {
                above += v[j];
                up++;
            } else if (dropped[j]) {
                other += v[j];
                down++;
            }
        }
    }
    above = block_sum(above, sums);
    other = block_sum(other, sums);
    up = block_sum(up, counts);
    down = block_sum(down, counts);
    if (threadIdx.x == 0) parts[blockIdx.x] = {{above, other}, {up, down}};
}
// A thread for a side of a sample.
RL_KERNEL(razor_means, const Sides* parts, float* means, addr batch, addr pieces) {
    addr i = element();
    if (i >= 2 * batch) return;
    double sum = 0;
    addr count = 0;
    for (addr p = i / 2 * pieces; p < (i / 2 + 1) * pieces; p++) {
        sum += parts[p].sum[i % 2];
        count += parts[p].count[i % 2];
    }
    means[i] = count ? (float) (sum / count) : 0.0f;
}

// Writes the means where nothing was kept.
RL_KERNEL(razor_fill, const byte* bitmap, const byte* positive, const float* means, float* x, addr m, addr n) {
    for (int k = 0; k < EACH; k++) {
        const addr i = first_element() + k * WARP;
        if (i < n && !get_bit(bitmap, i)) x[i] = means[2 * place(i, m).sample + 1 - get_bit(positive, i)];
    }
}

}  // namespace razor
