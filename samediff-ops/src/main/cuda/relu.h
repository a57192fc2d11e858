// ReLU and masks: the contracts are those of ActivationKernels.
#pragma once
#include "device.h"

// A thread makes a byte of the mask: eight elements.
RL_KERNEL(relu, const float* x, float* y, byte* mask, addr n) {
    addr begin = element() * 8;
    if (begin >= n) return;
    int bits = 0;
    for (int i = 0; i < 8 && begin + i < n; i++) {
        float v = x[begin + i];
        y[begin + i] = v < 0.0f ? 0.0f : v;
        if (v > 0.0f) bits |= 1 << i;
    }
    if (mask) mask[begin / 8] = (byte) bits;
}

RL_KERNEL(relu_backward, const float* y, const float* dy, float* dx, addr n) {
    addr i = element();
    if (i < n) dx[i] = y[i] > 0.0f ? dy[i] : 0.0f;
}

RL_KERNEL(mask_backward, const byte* mask, float scale, const float* dy, float* dx, addr n) {
    addr i = element();
    if (i < n) dx[i] = mask[i / 8] >> i % 8 & 1 ? dy[i] * scale : 0.0f;
}
