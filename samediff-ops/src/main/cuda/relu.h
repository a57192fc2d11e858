// ReLU and masks: the contracts are those of ActivationKernels.
#pragma once
#include "elements.h"

RL_KERNEL(relu, const float* x, float* y, byte* mask, addr n) {
    addr i = first_element();
    float v[EACH];
    bool positive[EACH];
    get(v, x, i, n);
    for (int k = 0; k < EACH; k++) {
        positive[k] = v[k] > 0.0f;
        v[k] = v[k] < 0.0f ? 0.0f : v[k];
    }
    put(y, v, i, n);
    if (mask) put_bits(mask, positive, i, n);
}

RL_KERNEL(relu_backward, const float* y, const float* dy, float* dx, addr n) {
    addr i = first_element();
    float v[EACH], d[EACH];
    get(v, y, i, n);
    get(d, dy, i, n);
    for (int k = 0; k < EACH; k++) d[k] = v[k] > 0.0f ? d[k] : 0.0f;
    put(dx, d, i, n);
}

RL_KERNEL(mask_backward, const byte* mask, float scale, const float* dy, float* dx, addr n) {
    addr i = first_element();
    float d[EACH];
    get(d, dy, i, n);
    for (int k = 0; k < EACH; k++) d[k] = i + k * WARP < n && get_bit(mask, i + k * WARP) ? d[k] * scale : 0.0f;
    put(dx, d, i, n);
}
