// The integer and the floating streams of reversible dual-residual chains: the contracts are those of StreamKernels. Integers are computed in 64 bits,
// where every step is exact: q is a power of two, 1 << shift, so that a floor of sixteenths is a shift. Beside them stands what is no number or too far.
#pragma once
#include "elements.h"
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
    const addr i = first_element();
    float v[EACH];
    int stored[EACH];
    unsigned reached = 0;
    get(v, x, i, n);
    for (int k = 0; k < EACH; k++) {
        addr whole = fixed(v[k], unit);
        unsigned size = reach(whole);
        reached = size > reached ? size : reached;
        stored[k] = saturated(whole);
    }
    put(X, stored, i, n);
    tell(reached, most);
}

RL_KERNEL(stream_values, const int* X, float* x, float resolution, addr n) {
    const addr i = first_element();
    int v[EACH];
    float value[EACH];
    get(v, X, i, n);
    for (int k = 0; k < EACH; k++) value[k] = (float) v[k] * resolution;
    put(x, value, i, n);
}

RL_KERNEL(stream_scale, const int* X, int* Y, int b, int shift, addr n) {
    const addr i = first_element();
    int v[EACH];
    get(v, X, i, n);
    for (int k = 0; k < EACH; k++) v[k] = (int) floor_of(b, v[k], shift);
    put(Y, v, i, n);
}

// Side values, `width` bits each: a warp makes four groups of a plane at once.
RL_DEVICE void put_side(byte* side, int width, const int (&rest)[EACH], addr i, addr n) {
    const int lane = threadIdx.x % WARP;
    for (int k = 0; k < EACH; k++) {
        const addr group = (i + k * WARP - lane) / 8 + lane;  // for the first four lanes
        for (int p = 0; p < width; p++) {
            unsigned plane = __ballot_sync(ALL_LANES, rest[k] >> p & 1);
            if (lane < WARP / 8 && group * 8 < n) side[group * width + p] = (byte) (plane >> 8 * lane);
        }
    }
}

// width: side bits of an element, 0 where none are kept.
RL_KERNEL(stream_couple, const float* f, int* X, int* Y, byte* side, float* next, int a, int b, int shift, float unit, float resolution, int width,
        addr n, word* most) {
    const addr i = first_element();
    float block[EACH];
    int first[EACH], second[EACH], rest[EACH];
    unsigned reached = 0;
    get(block, f, i, n);
    get(first, X, i, n);
    get(second, Y, i, n);
    for (int k = 0; k < EACH; k++) {
        addr sum = fixed(block[k], unit) + floor_of(a, first[k], shift) + second[k];
        unsigned size = reach(sum);
        reached = size > reached ? size : reached;
        int scaled = (int) floor_of(b, first[k], shift);
        rest[k] = width == 0 ? 0 : (int) (first[k] - ceiling_of(scaled, b, shift));
        first[k] = scaled;
        second[k] = saturated(sum);
        block[k] = (float) second[k] * resolution;
    }
    put(X, first, i, n);
    put(Y, second, i, n);
    if (next) put(next, block, i, n);
    put_side(side, width, rest, i, n);
    tell(reached, most);
}

RL_KERNEL(stream_restore_input, int* Y, const byte* side, float* x, int b, int shift, int width, float resolution, addr n) {
    const addr i = first_element();
    int v[EACH];
    float value[EACH];
    get(v, Y, i, n);
    for (int k = 0; k < EACH; k++) {
        const addr at = i + k * WARP;
        int rest = 0;
        for (int p = 0; p < width && at < n; p++) rest |= (side[at / 8 * width + p] >> at % 8 & 1) << p;
        v[k] = saturated(ceiling_of(v[k], b, shift) + rest);
        value[k] = (float) v[k] * resolution;
    }
    put(Y, v, i, n);
    if (x) put(x, value, i, n);
}

RL_KERNEL(stream_restore_previous, int* Xp, const int* X, const float* f, int a, int shift, float unit, addr n) {
    const addr i = first_element();
    float block[EACH];
    int sum[EACH], first[EACH];
    get(block, f, i, n);
    get(sum, Xp, i, n);
    get(first, X, i, n);
    for (int k = 0; k < EACH; k++) sum[k] = saturated(sum[k] - fixed(block[k], unit) - floor_of(a, first[k], shift));
    put(Xp, sum, i, n);
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
    for (int k = 0; k < EACH; k++) {
        addr w = first_element() + k * WARP;
        if (8 * w < bytes) part += mixed(word_of(data, bytes, w) + (word) w * 0x9E3779B97F4A7C15ull);
    }
    part = block_sum(part, shared);
    if (threadIdx.x == 0) atomicAdd(sum, part);
}

// x, y: null where their factor is 0. out may be one of the others.
RL_DEVICE void add(float (&sum)[EACH], const float* x, float factor, addr i, addr n) {
    if (!x) return;
    float v[EACH];
    get(v, x, i, n);
    for (int k = 0; k < EACH; k++) sum[k] += v[k] * factor;
}
RL_KERNEL(stream_sum, const float* f, const float* x, const float* y, float* out, float alpha, float beta, addr n) {
    const addr i = first_element();
    float sum[EACH];
    get(sum, f, i, n);
    add(sum, x, alpha, i, n);
    add(sum, y, beta, i, n);
    put(out, sum, i, n);
}

RL_KERNEL(stream_difference, const float* y, const float* f, const float* x, float* out, float alpha, addr n) {
    const addr i = first_element();
    float from[EACH], sum[EACH];
    get(from, y, i, n);
    get(sum, f, i, n);
    add(sum, x, alpha, i, n);
    for (int k = 0; k < EACH; k++) sum[k] = from[k] - sum[k];
    put(out, sum, i, n);
}

}  // namespace stream
