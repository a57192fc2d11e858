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

// Of a row of n the elements i, i + stride, ... that a thread loads at once; behind the row there is something else.
RL_DEVICE void take(const float* x, addr n, addr i, int stride, float behind, float (&v)[STEP]) {
    RL_UNROLL(4)
    for (int j = 0; j < STEP; j++) v[j] = i + j * stride < n ? x[i + j * stride] : behind;
}
RL_DEVICE void put(const float (&v)[STEP], addr n, addr i, int stride, float* y) {
    RL_UNROLL(4)
    for (int j = 0; j < STEP; j++) {
        if (i + j * stride < n) y[i + j * stride] = v[j];
    }
}

// What a thread makes of its elements: first, first + stride, ...
RL_DEVICE Online gather(const float* x, addr n, int first, int stride) {
    Online all;
    for (addr i = first; i < n; i += STEP * stride) {
        float v[STEP], largest = all.largest;
        take(x, n, i, stride, -INFINITY, v);
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
RL_DEVICE void scatter(const float* x, float* y, addr n, int first, int stride, float largest, float sum) {
    float from = shift(largest), factor = sum == 0.0f ? 0.0f : 1.0f / sum;
    for (addr i = first; i < n; i += STEP * stride) {
        float v[STEP];
        take(x, n, i, stride, 0.0f, v);
        RL_UNROLL(4)
        for (int j = 0; j < STEP; j++) v[j] = e_to(v[j] - from) * factor;
        put(v, n, i, stride, y);
    }
}

RL_DEVICE float dot(const float* a, const float* b, addr n, int first, int stride) {
    float sum[STEP] = {};
    for (addr i = first; i < n; i += STEP * stride) {
        float v[STEP], w[STEP];
        take(a, n, i, stride, 0.0f, v);
        take(b, n, i, stride, 0.0f, w);
        RL_UNROLL(4)
        for (int j = 0; j < STEP; j++) sum[j] = fmaf(v[j], w[j], sum[j]);
    }
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}
RL_DEVICE void backward(const float* y, const float* dy, float* dx, addr n, int first, int stride, float inner) {
    for (addr i = first; i < n; i += STEP * stride) {
        float v[STEP], w[STEP];
        take(y, n, i, stride, 0.0f, v);
        take(dy, n, i, stride, 0.0f, w);
        RL_UNROLL(4)
        for (int j = 0; j < STEP; j++) v[j] *= w[j] - inner;
        put(v, n, i, stride, dx);
    }
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
