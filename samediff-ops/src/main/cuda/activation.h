// GELU, tanh-GELU and SiLU with 2-bit codes: the contracts are those of ActivationKernels.
#pragma once
#include "elements.h"
#include "value.h"
#include "activation/curves.h"

template <int CURVE>
RL_DEVICE void activation_of(float c1, float c2, float c3, const float* x, const float* bias, float* pre, float* y, byte* code, addr n, addr cols) {
    addr i = first_element();
    float u[EACH];
    get(u, x, i, n, -INFINITY);  // which has code 0
    if (bias) {
        Channel c(i, cols, 1);
        for (int k = 0; k < EACH; k++) {
            u[k] += bias[c.channel];
            c.next();
        }
    }
    if (pre) put(pre, u, i, n);
    if (code) {
        unsigned codes[EACH];
        for (int k = 0; k < EACH; k++) codes[k] = (u[k] > c1) + (u[k] > c2) + (u[k] > c3);
        put_codes(code, codes, i, n);
    }
    for (int k = 0; k < EACH; k++) u[k] = curve<CURVE>(u[k]);
    put(y, u, i, n);
}

RL_KERNEL(activation, int kind, float c1, float c2, float c3, const float* x, const float* bias, float* pre, float* y, byte* code, addr n, addr cols) {
    if (kind == 0) activation_of<0>(c1, c2, c3, x, bias, pre, y, code, n, cols);
    else if (kind == 1) activation_of<1>(c1, c2, c3, x, bias, pre, y, code, n, cols);
    else activation_of<2>(c1, c2, c3, x, bias, pre, y, code, n, cols);
}

template <int CURVE> RL_DEVICE void activation_backward_of(const float* x, const float* dy, float* dx, addr n) {
    addr i = first_element();
    float v[EACH], d[EACH];
    get(v, x, i, n);
    get(d, dy, i, n);
    for (int k = 0; k < EACH; k++) d[k] *= slope<CURVE>(v[k]);
    put(dx, d, i, n);
}

RL_KERNEL(activation_backward, int kind, const float* x, const float* dy, float* dx, addr n) {
    if (kind == 0) activation_backward_of<0>(x, dy, dx, n);
    else if (kind == 1) activation_backward_of<1>(x, dy, dx, n);
    else activation_backward_of<2>(x, dy, dx, n);
}

RL_KERNEL(code_backward, float l1, float l2, const byte* code, const float* dy, float* dx, addr n) {
    addr i = first_element();
    float d[EACH];
    get(d, dy, i, n);
    for (int k = 0; k < EACH; k++) {
        unsigned c = i + k * WARP < n ? get_code(code, i + k * WARP) : 0;
        d[k] *= c == 0 ? 0.0f : c == 1 ? l1 : c == 2 ? l2 : 1.0f;
    }
    put(dx, d, i, n);
}
