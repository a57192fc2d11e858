// GELU, tanh-GELU and SiLU with 2-bit codes, ReLU with 1-bit masks: the contracts are those of ActivationKernels.
// Part of each instruction set: included by kernels.h and by headers that need it, in any order.
#ifndef RL_ACTIVATION_H
#define RL_ACTIVATION_H
#include "activation/curves.h"

namespace revlayers {
namespace RL_NS {

// bias[c mod cols] onwards, W of them; c < cols.
static inline vf bias_from(const float* bias, addr c, addr cols) {
    if (c + W <= cols) return load(bias + c);
    float t[W];
    for (int i = 0; i < W; i++) t[i] = bias[(c + i) % cols];
    return load(t);
}

template <int CURVE>
static void activation_all(float c1, float c2, float c3, const float* x, const float* bias, float* pre, float* y, uint8_t* code,
        addr n, addr cols) {
    addr blocks = (n + BLOCK - 1) / BLOCK;
    #pragma omp parallel for schedule(static) if (n > PARALLEL_FROM)
    for (addr b = 0; b < blocks; b++) {
        addr i = b * BLOCK, end = i + BLOCK < n ? i + BLOCK : n, c = bias ? i % cols : 0;
        auto step = [&](addr i, addr m) {
            vf u = m == W ? load(x + i) : load_part(x + i, m, -INFINITY);
            if (bias) {
                u += bias_from(bias, c, cols);
                c = c + W < cols ? c + W : (c + W) % cols;
            }
            if (pre) put(pre + i, u, m);
            put(y + i, curve<CURVE>(u), m);
            if (code) {
                uint32_t bits = two_bits(greater(u, c1), greater(u, c2), greater(u, c3));
                memcpy(code + i / 4, &bits, m == W ? W / 4 : (m + 3) / 4);
            }
        };
        for (; i + W <= end; i += W) step(i, W);
        if (i < end) step(i, end - i);
    }
}

static void activation(int kind, float c1, float c2, float c3, const float* x, const float* bias, float* pre, float* y,
        uint8_t* code, addr n, addr cols) {
    if (kind == 0) activation_all<0>(c1, c2, c3, x, bias, pre, y, code, n, cols);
    else if (kind == 1) activation_all<1>(c1, c2, c3, x, bias, pre, y, code, n, cols);
    else activation_all<2>(c1, c2, c3, x, bias, pre, y, code, n, cols);
}

template <int CURVE>
static void activation_backward_all(const float* x, const float* dy, float* dx, addr n) {
    addr vectors = n / W;
    #pragma omp parallel for schedule(static) if (n > PARALLEL_FROM)
    for (addr v = 0; v < vectors; v++) store(dx + v * W, load(dy + v * W) * slope<CURVE>(load(x + v * W)));
    addr i = vectors * W;
    if (i < n) store_part(dx + i, load_part(dy + i, n - i, 0) * slope<CURVE>(load_part(x + i, n - i, 0)), n - i);
}

static void activation_backward(int kind, const float* x, const float* dy, float* dx, addr n) {
    if (kind == 0) activation_backward_all<0>(x, dy, dx, n);
    else if (kind == 1) activation_backward_all<1>(x, dy, dx, n);
    else activation_backward_all<2>(x, dy, dx, n);
}

static void code_backward(float l1, float l2, const uint8_t* code, const float* dy, float* dx, addr n) {
    const float levels[4] = {0.0f, l1, l2, 1.0f};
    addr vectors = n / W;
    #pragma omp parallel for schedule(static) if (n > PARALLEL_FROM)
    for (addr v = 0; v < vectors; v++) {
        uint32_t bits = 0;
        memcpy(&bits, code + v * (W / 4), W / 4);
        store(dx + v * W, load(dy + v * W) * look_up(bits, levels));
    }
    for (addr i = vectors * W; i < n; i++) dx[i] = dy[i] * levels[code[i / 4] >> 2 * (i % 4) & 3];
}

static void relu(const float* x, float* y, uint8_t* mask, addr n) {
    addr blocks = (n + BLOCK - 1) / BLOCK;
    #pragma omp parallel for schedule(static) if (n > PARALLEL_FROM)
    for (addr b = 0; b < blocks; b++) {
        addr begin = b * BLOCK, end = begin + BLOCK < n ? begin + BLOCK : n;
        for (addr i = begin; i < end; i += 2 * W) {  // two vectors: a whole byte also where W is 4
            uint32_t bits = 0;
            for (int part = 0; part < 2; part++) {
                addr at = i + part * W;
                if (at >= end) break;
                vf v = end - at >= W ? load(x + at) : load_part(x + at, end - at, 0);
                vf r = v < 0.0f ? (vf){} : v;
                bits |= greater(v, 0.0f) << part * W;
                if (end - at >= W) store(y + at, r);
                else store_part(y + at, r, end - at);
            }
            if (mask) memcpy(mask + i / 8, &bits, end - i >= 2 * W ? W / 4 : (end - i + 7) / 8);
        }
    }
}

static void mask_backward(const uint8_t* mask, float scale, const float* dy, float* dx, addr n) {
    addr pairs = n / (2 * W);
    #pragma omp parallel for schedule(static) if (n > PARALLEL_FROM)
    for (addr p = 0; p < pairs; p++) {
        addr i = p * 2 * W;
        uint32_t bits = 0;
        memcpy(&bits, mask + i / 8, W / 4);
        store(dx + i, keep_bits(load(dy + i) * scale, bits));
        store(dx + i + W, keep_bits(load(dy + i + W) * scale, bits >> W));
    }
    for (addr i = pairs * 2 * W; i < n; i++) dx[i] = mask[i / 8] >> i % 8 & 1 ? dy[i] * scale : 0.0f;
}

static void relu_backward(const float* y, const float* dy, float* dx, addr n) {
    addr vectors = (n + W - 1) / W;
    #pragma omp parallel for schedule(static) if (n > PARALLEL_FROM)
    for (addr v = 0; v < vectors; v++) {
        addr i = v * W, m = n - i < W ? n - i : W;
        put(dx + i, get(y + i, m) > 0.0f ? get(dy + i, m) : (vf){}, m);
    }
}

}  // namespace RL_NS
}  // namespace revlayers
#endif
