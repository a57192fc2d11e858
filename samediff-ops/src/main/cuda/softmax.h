// Softmax, row by row: the contracts are those of AttentionKernels. Short rows take a warp each, long ones a block.
#pragma once
#include "device.h"

namespace softmax {

const float LOG2_E = 1.44269504f;
const int STEP = 4;  // elements that a thread loads at once

// The largest of some numbers, NaN aside, and the sum of e^(number - largest). Of nothing but -infinity the sum is 0.
struct Online {
    float largest = -INFINITY, sum = 0.0f;
};
RL_DEVICE float shift(float largest) { return largest == -INFINITY ? 0.0f : largest; }
RL_DEVICE float e_to(float x) { return exp2f(x * LOG2_E); }

// Those of a row that a thread meets: elements first, first + stride, ...
RL_DEVICE Online gather(const float* x, addr cols, int first, int stride) {
    Online all;
    for (addr i = first; i < cols; i += STEP * stride) {
        float v[STEP];
        RL_UNROLL(4)
        for (int j = 0; j < STEP; j++) v[j] = i + j * stride < cols ? x[i + j * stride] : -INFINITY;
        float largest = all.largest;
        RL_UNROLL(4)
        for (int j = 0; j < STEP; j++) largest = fmaxf(largest, v[j]);
        float from = shift(largest);
        all.sum *= e_to(all.largest - from);
        RL_UNROLL(4)
        for (int j = 0; j < STEP; j++) all.sum += e_to(v[j] - from);
        all.largest = largest;
    }
    return all;
}
RL_DEVICE void scatter(const float* x, float* y, addr cols, int first, int stride, float largest, float sum) {
    float from = shift(largest), factor = sum == 0.0f ? 0.0f : 1.0f / sum;
    RL_UNROLL(4)
    for (addr i = first; i < cols; i += stride) y[i] = e_to(x[i] - from) * factor;
}

RL_DEVICE float dot(const float* a, const float* b, addr n, int first, int stride) {
    float sum[STEP] = {};
    for (addr i = first; i < n; i += STEP * stride) {
        RL_UNROLL(4)
        for (int j = 0; j < STEP; j++) {
            if (i + j * stride < n) sum[j] = fmaf(a[i + j * stride], b[i + j * stride], sum[j]);
        }
    }
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}
RL_DEVICE void backward(const float* y, const float* dy, float* dx, addr cols, int first, int stride, float inner) {
    RL_UNROLL(4)
    for (addr i = first; i < cols; i += stride) dx[i] = y[i] * (dy[i] - inner);
}

}  // namespace softmax

RL_KERNEL(softmax_short, const float* x, float* y, addr rows, addr cols) {
    addr row = element() / WARP;
    int lane = threadIdx.x % WARP;
    if (row >= rows) return;
    x += row * cols;
    softmax::Online mine = softmax::gather(x, cols, lane, WARP);
    float largest = warp_max(mine.largest);
    float sum = warp_sum(mine.sum * softmax::e_to(mine.largest - softmax::shift(largest)));
    softmax::scatter(x, y + row * cols, cols, lane, WARP, largest, sum);
}
RL_KERNEL(softmax_long, const float* x, float* y, addr rows, addr cols) {
    RL_SHARED float shared[WARP];
    addr row = blockIdx.x;
    x += row * cols;
    softmax::Online mine = softmax::gather(x, cols, threadIdx.x, blockDim.x);
    float largest = block_max(mine.largest, shared);
    float sum = block_sum(mine.sum * softmax::e_to(mine.largest - softmax::shift(largest)), shared);
    softmax::scatter(x, y + row * cols, cols, threadIdx.x, blockDim.x, largest, sum);
}

RL_KERNEL(softmax_backward_short, const float* y, const float* dy, float* dx, addr rows, addr cols) {
    addr row = element() / WARP;
    int lane = threadIdx.x % WARP;
    if (row >= rows) return;
    addr begin = row * cols;
    float inner = warp_sum(softmax::dot(y + begin, dy + begin, cols, lane, WARP));
    softmax::backward(y + begin, dy + begin, dx + begin, cols, lane, WARP, inner);
}
RL_KERNEL(softmax_backward_long, const float* y, const float* dy, float* dx, addr rows, addr cols) {
    RL_SHARED float shared[WARP];
    addr begin = blockIdx.x * cols;
    float inner = block_sum(softmax::dot(y + begin, dy + begin, cols, threadIdx.x, blockDim.x), shared);
    softmax::backward(y + begin, dy + begin, dx + begin, cols, threadIdx.x, blockDim.x, inner);
}
