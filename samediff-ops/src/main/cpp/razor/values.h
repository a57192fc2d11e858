// Back Razor, the kept values: fp32 numbers to the slots of RazorLayout and back, as fp32, fp16, bf16 or int8.
// Part of each instruction set: included by kernels.h and by headers that need it, in any order.
#ifndef RL_VALUES_H
#define RL_VALUES_H
#include "razor/lanes.h"
#include "razor/layout.h"
#include "razor/shorts.h"
#include "shared/simd.h"

namespace revlayers {
namespace RL_NS {

typedef uint16_t vh __attribute__((vector_size(RL_WIDTH * 2), aligned(2), may_alias));
typedef int8_t vb __attribute__((vector_size(RL_WIDTH), aligned(1), may_alias));

const int LARGEST_HALF = 0x477FE000;  // 65,504

// The low half of each lane of bits becomes the lane's value: the first n <= W of them.
static inline void put_halves(uint16_t* to, vi bits, addr n) {
    vh h = __builtin_convertvector((vu) bits, vh);
    if (n == W) memcpy(to, &h, sizeof h);
    else memcpy(to, &h, n * sizeof(uint16_t));
}
static inline vi get_halves(const uint16_t* from, addr n) {
    vh h = {};
    if (n == W) memcpy(&h, from, sizeof h);
    else memcpy(&h, from, n * sizeof(uint16_t));
    return (vi) __builtin_convertvector(h, vu);
}

// One group of int8 values, `used` numbers in `size` places; every step rounds to fp32.
static inline void put_levels(const float* v, addr used, addr size, int8_t* to, float* range) {
    int low = INT32_MAX, high = INT32_MIN, most = 0;
    for (addr i = 0; i < used; i++) {
        int bits;
        memcpy(&bits, v + i, sizeof bits);
        int order = bits ^ (bits >> 31 & 0x7FFFFFFF), magnitude = bits & 0x7FFFFFFF;  // -0 before 0
        low = order < low ? order : low;
        high = order > high ? order : high;
        most = magnitude > most ? magnitude : most;
    }
    float min = 0, max = 0;
    if (used > 0) {
        low ^= low >> 31 & 0x7FFFFFFF;
        high ^= high >> 31 & 0x7FFFFFFF;
        memcpy(&min, &low, sizeof min);
        memcpy(&max, &high, sizeof max);
    }
    const bool broken = most >= INFINITE;
    const float step = broken ? NAN : (max - min) / 255.0f;
    range[0] = broken ? NAN : min;
    range[1] = step;
    if (broken) used = 0;
    if (step == 0) memset(to, -128, used);
    else {
        for (addr i = 0; i < used; i += W) {
            addr n = used - i < W ? used - i : W;
            vf level = at_most((get(v + i, n) - min) / step, 255.0f);
            level = (vf) ((vi) level & (level == level));  // an infinite step
            vb b = __builtin_convertvector((vi) RL_MM(cvtps_epi32)((mf) level) - 128, vb);
            memcpy(to + i, &b, n);
        }
    }
    memset(to + used, 0, size - used);
}

// numbers[0 .. n) to places at .. at + n of the slot of sample s. Not for int8.
static inline void put_numbers(const Razor& r, addr s, addr at, const float* numbers, addr n) {
    addr first = s * r.room + at;
    if (r.format == 0) {
        memcpy((float*) r.values + first, numbers, n * sizeof(float));
        return;
    }
    uint16_t* to = (uint16_t*) r.values + first;
    for (addr i = 0; i < n; i += W) {
        addr m = n - i < W ? n - i : W;
        vf v = get(numbers + i, m);
        put_halves(to + i, r.format == 1 ? half_of(v) : brain_of(v), m);
        if (r.beyond && (above(magnitudes(v), LARGEST_HALF) & ~above(magnitudes(v), INFINITE - 1))) {
            #pragma omp atomic write
            *r.beyond = 1;
        }
    }
}

static inline void get_numbers(const Razor& r, addr s, addr at, float* numbers, addr n) {
    addr first = s * r.room + at;
    if (r.format == 0) {
        memcpy(numbers, (const float*) r.values + first, n * sizeof(float));
        return;
    }
    const addr group = r.group();
    const float* ranges = r.ranges + 2 * s * r.groups();
    for (addr i = 0; i < n;) {
        addr m = n - i < W ? n - i : W;
        if (r.format == 3) {
            addr left = group - (at + i) % group;
            const float* range = ranges + 2 * ((at + i) / group);
            vb b = {};
            m = m < left ? m : left;
            memcpy(&b, (const int8_t*) r.values + first + i, m);
            vf above = __builtin_convertvector(__builtin_convertvector(b, vi) + 128, vf) * range[1];
            put(numbers + i, rounded(above) + range[0], m);
        } else {
            vi bits = get_halves((const uint16_t*) r.values + first + i, m);
            put(numbers + i, r.format == 1 ? of_half(bits) : of_brain(bits), m);
        }
        i += m;
    }
}

}  // namespace RL_NS
}  // namespace revlayers
#endif
