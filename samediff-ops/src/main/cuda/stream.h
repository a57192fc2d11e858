// The integer and the floating streams of reversible dual-residual chains: the contracts are those of StreamKernels. Integers are computed in 64 bits,
// where every step is exact: q is a power of two, 1 << shift, so that a floor of sixteenths is a shift. Beside them stands what is no number or too far.
#pragma once
#include "value.h"
#include "shared/mix.h"

namespace stream {

const addr LIMIT = 2147483647;
const addr TOO_FAR = 1LL << 50;    // no sum gets from here back within the limit
const addr NO_NUMBER = 1LL << 60;  // nor from here below half of it

// rint(f unit), unit = 2^S: the product is exact.
RL_DEVICE addr fixed(float f, float unit) {
    float v = f * unit;
    if (fabsf(v) < 0x1p31f) return (int) rintf(v);
    return v != v ? NO_NUMBER : (addr) fminf(fmaxf(v, -(float) TOO_FAR), (float) TOO_FAR);
}
RL_DEVICE bool is_number(addr v) { return v < NO_NUMBER / 2 && v > -NO_NUMBER / 2; }

// What is stored of v, and how far that is from 0: 2^31 for what does not fit.
RL_DEVICE int saturated(addr v) { return !is_number(v) ? 0 : (int) (v > LIMIT ? LIMIT : v < -LIMIT ? -LIMIT : v); }
RL_DEVICE unsigned reach(addr v) {
    addr size = v < 0 ? -v : v;
    return size > LIMIT ? 1u << 31 : (unsigned) size;
}

// floor(a x / q).
RL_DEVICE addr floor_of(int a, int x, int shift) { return (addr) a * x >> shift; }
// ceil(q y / b), from whole parts b of y and what is left.
RL_DEVICE addr ceiling_of(int y, int b, int shift) {
    int part = y / b, rest = y - part * b;
    if (rest < 0) {
        part--;
        rest += b;
    }
    return (addr) part * (1 << shift) + ((rest << shift) + b - 1) / b;
}

// most: the largest of what the threads have reached. Atomic on an integer: the order does not matter.
RL_DEVICE void tell(unsigned reached, word* most) {
    RL_SHARED unsigned shared[WARP];
    reached = block_max(reached, shared);
    if (threadIdx.x == 0) atomicMax(most, (word) reached);
}

RL_KERNEL(stream_start, const float* x, int* X, float unit, addr n, word* most) {
    float v[EACH];
    for (int j = 0; j < EACH; j++) v[j] = element(j) < n ? x[element(j)] : 0.0f;
    unsigned reached = 0;
    for (int j = 0; j < EACH; j++) {
        addr whole = fixed(v[j], unit);
        unsigned size = reach(whole);
        reached = size > reached ? size : reached;
        if (element(j) < n) X[element(j)] = saturated(whole);
    }
    tell(reached, most);
}

RL_KERNEL(stream_values, const int* X, float* x, float resolution, addr n) {
    int v[EACH];
    for (int j = 0; j < EACH; j++) v[j] = element(j) < n ? X[element(j)] : 0;
    for (int j = 0; j < EACH; j++) {
        if (element(j) < n) x[element(j)] = (float) v[j] * resolution;
    }
}

RL_KERNEL(stream_scale, const int* X, int* Y, int b, int shift, addr n) {
    int v[EACH];
    for (int j = 0; j < EACH; j++) v[j] = element(j) < n ? X[element(j)] : 0;
    for (int j = 0; j < EACH; j++) {
        if (element(j) < n) Y[element(j)] = (int) floor_of(b, v[j], shift);
    }
}

// width: side bits of an element, 0 where none are kept. A warp makes four groups of a plane at once.
RL_KERNEL(stream_couple, const float* f, int* X, int* Y, byte* side, float* next, int a, int b, int shift, float unit, float resolution, int width,
        addr n, word* most) {
    float block[EACH];
    int first[EACH], second[EACH];
    for (int j = 0; j < EACH; j++) {
        addr i = element(j);
        block[j] = i < n ? f[i] : 0.0f;
        first[j] = i < n ? X[i] : 0;
        second[j] = i < n ? Y[i] : 0;
    }
    unsigned reached = 0;
    for (int j = 0; j < EACH; j++) {
        addr i = element(j), sum = fixed(block[j], unit) + floor_of(a, first[j], shift) + second[j];
        unsigned size = reach(sum);
        reached = size > reached ? size : reached;
        int stored = saturated(sum), scaled = (int) floor_of(b, first[j], shift);
        if (i < n) {
            Y[i] = stored;
            X[i] = scaled;
            if (next) next[i] = (float) stored * resolution;
        }
        if (width == 0) continue;
        int rest = (int) (first[j] - ceiling_of(scaled, b, shift));
        int lane = threadIdx.x % WARP;
        addr group = (i - lane) / 8 + lane;  // for the first four lanes
        for (int k = 0; k < width; k++) {
            unsigned plane = __ballot_sync(ALL_LANES, rest >> k & 1);
            if (lane < WARP / 8 && group * 8 < n) side[group * width + k] = (byte) (plane >> 8 * lane);
        }
    }
    tell(reached, most);
}

RL_KERNEL(stream_restore_input, int* Y, const byte* side, float* x, int b, int shift, int width, float resolution, addr n) {
    int v[EACH], rest[EACH];
    for (int j = 0; j < EACH; j++) {
        addr i = element(j);
        v[j] = i < n ? Y[i] : 0;
        rest[j] = 0;
        for (int k = 0; k < width; k++) {
            if (i < n) rest[j] |= (side[i / 8 * width + k] >> i % 8 & 1) << k;
        }
    }
    for (int j = 0; j < EACH; j++) {
        addr i = element(j);
        int stored = saturated(ceiling_of(v[j], b, shift) + rest[j]);
        if (i < n) {
            Y[i] = stored;
            if (x) x[i] = (float) stored * resolution;
        }
    }
}

RL_KERNEL(stream_restore_previous, int* Xp, const int* X, const float* f, int a, int shift, float unit, addr n) {
    float block[EACH];
    int sum[EACH], first[EACH];
    for (int j = 0; j < EACH; j++) {
        addr i = element(j);
        block[j] = i < n ? f[i] : 0.0f;
        sum[j] = i < n ? Xp[i] : 0;
        first[j] = i < n ? X[i] : 0;
    }
    for (int j = 0; j < EACH; j++) {
        if (element(j) < n) Xp[element(j)] = saturated(sum[j] - fixed(block[j], unit) - floor_of(a, first[j], shift));
    }
}

// The w-th word of data that may lie anywhere, low byte first, zeros behind the end.
RL_DEVICE word word_of(const byte* data, addr bytes, addr w) {
    const byte* at = data + 8 * w;
    addr left = bytes - 8 * w;
    if (left >= 8 && (addr) at % 8 == 0) return *(const word*) at;
    if (left >= 8 && (addr) at % 4 == 0) return *(const unsigned*) at | (word) * (const unsigned*) (at + 4) << 32;
    word bits = 0;
    for (int i = 0; i < 8 && i < left; i++) bits |= (word) at[i] << 8 * i;
    return bits;
}
RL_KERNEL(stream_checksum, const byte* data, addr bytes, word* sum) {
    RL_SHARED word shared[WARP];
    word part = 0;
    for (int j = 0; j < EACH; j++) {
        addr w = element(j);
        if (8 * w < bytes) part += mixed(word_of(data, bytes, w) + (word) w * 0x9E3779B97F4A7C15ull);
    }
    part = block_sum(part, shared);
    if (threadIdx.x == 0) atomicAdd(sum, part);
}

// x, y: null where their factor is 0. out may be one of the others.
RL_KERNEL(stream_sum, const float* f, const float* x, const float* y, float* out, float alpha, float beta, addr n) {
    float sum[EACH], first[EACH], second[EACH];
    for (int j = 0; j < EACH; j++) {
        addr i = element(j);
        sum[j] = i < n ? f[i] : 0.0f;
        first[j] = x && i < n ? x[i] : 0.0f;
        second[j] = y && i < n ? y[i] : 0.0f;
    }
    for (int j = 0; j < EACH; j++) {
        if (x) sum[j] += first[j] * alpha;
        if (y) sum[j] += second[j] * beta;
        if (element(j) < n) out[element(j)] = sum[j];
    }
}

RL_KERNEL(stream_difference, const float* y, const float* f, const float* x, float* out, float alpha, addr n) {
    float from[EACH], sum[EACH], first[EACH];
    for (int j = 0; j < EACH; j++) {
        addr i = element(j);
        from[j] = i < n ? y[i] : 0.0f;
        sum[j] = i < n ? f[i] : 0.0f;
        first[j] = x && i < n ? x[i] : 0.0f;
    }
    for (int j = 0; j < EACH; j++) {
        if (x) sum[j] += first[j] * alpha;
        if (element(j) < n) out[element(j)] = from[j] - sum[j];
    }
}

}  // namespace stream
