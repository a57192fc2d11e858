// Maxima of windows of images, and where they are: the contracts are those of PoolingKernels.
// Part of each instruction set: included by kernels.h and by headers that need it, in any order.
#ifndef RL_POOLING_H
#define RL_POOLING_H
#include "shared/simd.h"

namespace revlayers {
namespace RL_NS {

// An axis of images: its size, how many windows there are on it, their reach and stride, and the padding before the first.
struct Axis {
    addr size, count, reach, stride, before;
    addr start(addr window) const { return window * stride - before; }
    addr first(addr window) const { return start(window) < 0 ? -start(window) : 0; }
    addr end(addr window) const { return start(window) + reach > size ? size - start(window) : reach; }
};
struct Windows {
    addr planes, inner;
    Axis rows, columns;
    explicit Windows(const long long* n)
        : planes(n[0]), inner(n[1]), rows{n[2], n[3], n[4], n[5], n[6]}, columns{n[7], n[8], n[9], n[10], n[11]} {}
};
static constexpr addr POOLED = 64; // numbers of a window that are compared side by side

// The maxima of n ≤ POOLED numbers side by side; a NaN is larger than any number.
static inline void max_of(const Windows& s, const float* x, addr oy, addr ox, addr n, float* best, int* place) {
    bool begun = false;
    for (addr ky = s.rows.first(oy); ky < s.rows.end(oy); ky++)
        for (addr kx = s.columns.first(ox); kx < s.columns.end(ox); kx++) {
            const float* v = x + ((s.rows.start(oy) + ky) * s.columns.size + s.columns.start(ox) + kx) * s.inner;
            int k = (int) (ky * s.columns.reach + kx);
            if (!begun) {
                for (addr i = 0; i < n; i++) best[i] = v[i], place[i] = k;
                begun = true;
                continue;
            }
            for (addr i = 0; i < n; i++) {
                bool more = (v[i] > best[i]) | (v[i] != v[i]);
                best[i] = more ? v[i] : best[i];
                place[i] = more ? k : place[i];
            }
        }
}

// The maxima of n ≤ POOLED windows beside each other, from ox on, in a plane of single numbers; STRIDE is 0 where only the axis knows it.
template <int STRIDE>
static inline void max_of_plane(const Windows& s, const float* x, addr oy, addr ox, addr n, float* best, int* place) {
    const addr stride = STRIDE ? STRIDE : s.columns.stride;
    for (addr i = 0; i < n; i++) best[i] = 0, place[i] = -1;
    for (addr ky = s.rows.first(oy); ky < s.rows.end(oy); ky++)
        for (addr kx = 0; kx < s.columns.reach; kx++) {
            addr left = s.columns.start(ox) + kx, room = s.columns.size - 1 - left;
            addr from = left < 0 ? (stride - 1 - left) / stride : 0, to = room < 0 ? 0 : room / stride + 1;
            const float* v = x + (s.rows.start(oy) + ky) * s.columns.size + left;
            int k = (int) (ky * s.columns.reach + kx);
            for (addr i = from; i < (to < n ? to : n); i++) {
                float number = v[i * stride];
                bool more = (place[i] < 0) | (number > best[i]) | (number != number);
                best[i] = more ? number : best[i];
                place[i] = more ? k : place[i];
            }
        }
}

static void max_pool(const float* x, float* y, uint8_t* places, const long long* numbers) {
    Windows s(numbers);
    addr row = s.columns.count * s.inner, count = s.planes * s.rows.count * row;
    #pragma omp parallel for schedule(static) if (count > PARALLEL_FROM)
    for (addr r = 0; r < s.planes * s.rows.count; r++) {
        const float* plane = x + r / s.rows.count * s.rows.size * s.columns.size * s.inner;
        addr oy = r % s.rows.count, pieces = (s.inner + POOLED - 1) / POOLED, piece = 0;
        for (addr at = 0; at < row; piece++) {
            float best[POOLED];
            int place[POOLED];
            addr n;
            if (s.inner == 1) {
                n = row - at < POOLED ? row - at : POOLED;
                if (s.columns.stride == 2) max_of_plane<2>(s, plane, oy, at, n, best, place);
                else if (s.columns.stride == 1) max_of_plane<1>(s, plane, oy, at, n, best, place);
                else max_of_plane<0>(s, plane, oy, at, n, best, place);
            } else {
                addr c = piece % pieces * POOLED;
                n = s.inner - c < POOLED ? s.inner - c : POOLED;
                if (n == POOLED) max_of(s, plane + c, oy, piece / pieces, POOLED, best, place);
                else max_of(s, plane + c, oy, piece / pieces, n, best, place);
            }
            for (addr i = 0; i < n; i++) y[r * row + at + i] = best[i];
            if (places) for (addr i = 0; i < n; i++) places[r * row + at + i] = (uint8_t) place[i];
            at += n;
        }
    }
}

// A plane of single numbers: each window's gradient to the place of its maximum.
static void scatter_maxima(const Windows& s, const float* dy, const uint8_t* places, float* dx) {
    for (addr i = 0; i < s.rows.size * s.columns.size; i++) dx[i] = 0;
    for (addr oy = 0; oy < s.rows.count; oy++)
        for (addr ox = 0; ox < s.columns.count; ox++) {
            addr w = oy * s.columns.count + ox, k = places[w];
            dx[(s.rows.start(oy) + k / s.columns.reach) * s.columns.size + s.columns.start(ox) + k % s.columns.reach] += dy[w];
        }
}

// A row of pixels: from each window that it is part of, what had its maximum there, in the order of the windows.
static void gather_maxima(const Windows& s, addr row, const float* dy, const uint8_t* places, float* dx) {
    for (addr i = 0; i < s.columns.size * s.inner; i++) dx[i] = 0;
    addr from = row + s.rows.before - s.rows.reach + 1, last = (row + s.rows.before) / s.rows.stride;
    for (addr oy = from <= 0 ? 0 : (from + s.rows.stride - 1) / s.rows.stride; oy <= last && oy < s.rows.count; oy++)
        for (addr ox = 0; ox < s.columns.count; ox++)
            for (addr kx = s.columns.first(ox); kx < s.columns.end(ox); kx++) {
                addr w = (oy * s.columns.count + ox) * s.inner;
                uint8_t k = (uint8_t) ((row - s.rows.start(oy)) * s.columns.reach + kx);
                float* to = dx + (s.columns.start(ox) + kx) * s.inner;
                for (addr i = 0; i < s.inner; i++) to[i] += places[w + i] == k ? dy[w + i] : 0.0f;
            }
}

static void max_pool_backward(const float* dy, const uint8_t* places, float* dx, const long long* numbers) {
    Windows s(numbers);
    addr windows = s.rows.count * s.columns.count * s.inner, row = s.columns.size * s.inner;
    bool rows = s.inner > 1;
    addr parts = rows ? s.planes * s.rows.size : s.planes;
    #pragma omp parallel for schedule(static) if (s.planes * s.rows.size * row > PARALLEL_FROM)
    for (addr i = 0; i < parts; i++)
        if (rows) {
            addr p = i / s.rows.size;
            gather_maxima(s, i % s.rows.size, dy + p * windows, places + p * windows, dx + i * row);
        } else {
            scatter_maxima(s, dy + i * windows, places + i * windows, dx + i * s.rows.size * row);
        }
}

}  // namespace RL_NS
}  // namespace revlayers
#endif
