// The integer and the floating streams of reversible dual-residual chains: the contracts are those of StreamKernels.
// Integers are computed in double, where every step is exact: |a X / q| <= 2^33 in sixteenths, sums below 2^51. So it does not matter
// whether the compiler fuses a product and a sum. Work is cut into groups of eight elements, whose side values begin on a byte.
// Part of each instruction set: included by kernels.h and by headers that need it, in any order.
#ifndef RL_STREAM_H
#define RL_STREAM_H
#include "shared/doubles.h"
#include "shared/mix.h"

namespace revlayers {
namespace RL_NS {

// A part of a group: the D elements of a vector of doubles.
const int GROUP = 8;

const double LIMIT = 2147483647.0;
const double TOO_FAR = 0x1p50;  // no sum gets from here back within the limit

static inline vd splat_d(double v) { return v - (vd){}; }
static inline vd at_most_d(vd v, double limit) { return (vd) RL_MM(min_pd)(splat_d(limit), v); }   // NaN stays
static inline vd at_least_d(vd v, double limit) { return (vd) RL_MM(max_pd)(splat_d(limit), v); }  // NaN stays

static inline vd from_ints(const int* p) {
#if RL_WIDTH == 16
    return _mm512_cvtepi32_pd(_mm256_loadu_si256((const __m256i*) p));
#elif RL_WIDTH == 8
    return _mm256_cvtepi32_pd(_mm_loadu_si128((const __m128i*) p));
#else
    return _mm_cvtepi32_pd(_mm_loadl_epi64((const __m128i*) p));
#endif
}
static inline vd from_floats(const float* p) {
#if RL_WIDTH == 16
    return _mm512_cvtps_pd(_mm256_loadu_ps(p));
#elif RL_WIDTH == 8
    return _mm256_cvtps_pd(_mm_loadu_ps(p));
#else
    return _mm_cvtps_pd(_mm_castsi128_ps(_mm_loadl_epi64((const __m128i*) p)));
#endif
}
static inline void to_ints(int* p, vd v) {
#if RL_WIDTH == 16
    _mm256_storeu_si256((__m256i*) p, _mm512_cvtpd_epi32(v));
#elif RL_WIDTH == 8
    _mm_storeu_si128((__m128i*) p, _mm256_cvtpd_epi32(v));
#else
    _mm_storel_epi64((__m128i*) p, _mm_cvtpd_epi32(v));
#endif
}
static inline void to_floats(float* p, vd v) {
#if RL_WIDTH == 16
    _mm256_storeu_ps(p, _mm512_cvtpd_ps(v));
#elif RL_WIDTH == 8
    _mm_storeu_ps(p, _mm256_cvtpd_ps(v));
#else
    _mm_storel_epi64((__m128i*) p, _mm_castps_si128(_mm_cvtpd_ps(v)));
#endif
}

// The first n <= D elements, zero behind them.
template <class T>
static inline vd get_d(const T* p, addr n, vd (*from)(const T*)) {
    if (n == D) return from(p);
    T t[D] = {};
    for (int i = 0; i < n; i++) t[i] = p[i];
    return from(t);
}
template <class T>
static inline void put_d(T* p, vd v, addr n, void (*to)(T*, vd)) {
    if (n == D) {
        to(p, v);
        return;
    }
    T t[D];
    to(t, v);
    for (int i = 0; i < n; i++) p[i] = t[i];
}
static inline vd get_ints(const int* p, addr n) { return get_d(p, n, from_ints); }
static inline vd get_floats(const float* p, addr n) { return get_d(p, n, from_floats); }
static inline void put_ints(int* p, vd v, addr n) { put_d(p, v, n, to_ints); }
static inline void put_floats(float* p, vd v, addr n) { put_d(p, v, n, to_floats); }

// For |v| < 2^51: 1.5 * 2^52 pushes the fraction out.
static inline vd to_integer(vd v) { return (v + 6755399441055744.0) - 6755399441055744.0; }
// Of multiples of 1/16, or of 1/b, b <= 16, within 2^-10: far enough from a tie.
static inline vd floor_d(vd v) { return to_integer(v - 0.46875); }
static inline vd ceil_d(vd v) { return to_integer(v + 0.46875); }

// rint(f 2^S); NaN stays, what is too far stays too far.
static inline vd fixed(vd f, double unit) { return to_integer(at_least_d(at_most_d(f * unit, TOO_FAR), -TOO_FAR)); }

// What is stored of v: NaN as 0, the rest within the limits.
static inline vd saturated(vd v) {
    vd within = at_least_d(at_most_d(v, LIMIT), -LIMIT);
    return (vd) ((vl) within & (vl) (v == v));
}
// The larger of most and |v|, NaN being infinite.
static inline vd reach(vd v, vd most) {
    vd size = (vd) ((vl) v & 0x7FFFFFFFFFFFFFFFull);
    return RL_MM(max_pd)(v == v ? size : splat_d(INFINITY), most);
}
static inline double largest(vd v) {
    double most = v[0];
    for (int i = 1; i < D; i++) most = v[i] > most ? v[i] : most;
    return most;
}

// Calls part(first element, how many, ...) for every D elements, from all threads; gives the largest that the parts have reached.
template <class Part>
static inline double parts(addr n, Part part) {
    addr blocks = (n + BLOCK - 1) / BLOCK;
    double worst = 0;
    #pragma omp parallel for schedule(static) reduction(max : worst) if (n > PARALLEL_FROM)
    for (addr b = 0; b < blocks; b++) {
        addr i = b * BLOCK, end = i + BLOCK < n ? i + BLOCK : n;
        vd most = {};
        for (; i + D <= end; i += D) part(i, (addr) D, most);
        if (i < end) part(i, end - i, most);
        worst = fmax(worst, largest(most));
    }
    return worst;
}
// The same for groups.
template <class Whole>
static inline double groups(addr n, Whole group) {
    addr blocks = (n + BLOCK - 1) / BLOCK;
    double worst = 0;
    #pragma omp parallel for schedule(static) reduction(max : worst) if (n > PARALLEL_FROM)
    for (addr b = 0; b < blocks; b++) {
        addr i = b * BLOCK, end = i + BLOCK < n ? i + BLOCK : n;
        vd most = {};
        for (; i + GROUP <= end; i += GROUP) group(i, (addr) GROUP, most);
        if (i < end) group(i, end - i, most);
        worst = fmax(worst, largest(most));
    }
    return worst;
}
// How many of the m elements of a group fall to a part.
static inline addr share(addr m, int part) {
    addr left = m - part * D;
    return left < D ? left : D;
}

// The largest integer met, or the largest of its type where one did not fit.
static inline addr largest_integer(double worst) { return worst <= LIMIT ? (addr) worst : INT64_MAX; }

// alpha = a/q, beta = b/q, inverse = q/b, unit = 2^S, resolution = 2^-S; width: side bits per element.
static addr stream_start(const float* x, double unit, int* X, addr n) {
    return largest_integer(parts(n, [=](addr i, addr m, vd& most) {
        vd v = fixed(get_floats(x + i, m), unit);
        most = reach(v, most);
        put_ints(X + i, saturated(v), m);
    }));
}

static void stream_values(const int* X, double resolution, float* x, addr n) {
    parts(n, [=](addr i, addr m, vd&) { put_floats(x + i, get_ints(X + i, m) * resolution, m); });
}

static void stream_scale(const int* X, double beta, int* Y, addr n) {
    parts(n, [=](addr i, addr m, vd&) { put_ints(Y + i, floor_d(get_ints(X + i, m) * beta), m); });
}

// One bit of each lane's integer.
static inline uint32_t plane(vd side, int bit) {
#if RL_WIDTH == 16
    return _mm256_movemask_ps(_mm256_castsi256_ps(_mm256_slli_epi32(_mm512_cvtpd_epi32(side), 31 - bit)));
#elif RL_WIDTH == 8
    return _mm_movemask_ps(_mm_castsi128_ps(_mm_slli_epi32(_mm256_cvtpd_epi32(side), 31 - bit)));
#else
    return _mm_movemask_ps(_mm_castsi128_ps(_mm_slli_epi32(_mm_cvtpd_epi32(side), 31 - bit)));
#endif
}
// weight in the lanes whose bit is set, else 0.
static inline vd spread(uint32_t bits, double weight) {
#if RL_WIDTH == 16
    return _mm512_maskz_mov_pd((__mmask8) bits, splat_d(weight));
#elif RL_WIDTH == 8
    const vl bit = {1, 2, 4, 8};
    return (vd) ((vl) ((((vl){} + bits) & bit) == bit) & (vl) splat_d(weight));
#else
    return (vd){bits & 1 ? weight : 0, bits & 2 ? weight : 0};
#endif
}

// SIDE: bytes of side per group, 0 where there is none to write.
template <int SIDE>
static double couple_all(const float* f, int* X, int* Y, double alpha, double beta, double inverse, double unit, uint8_t* side,
        float* next, addr n) {
    const double resolution = 1 / unit;
    return groups(n, [=](addr i, addr m, vd& most) {
        uint32_t planes[SIDE + 1] = {};
        for (int p = 0; p < GROUP / D && p * D < m; p++) {
            addr at = i + p * D, s = share(m, p);
            vd x = get_ints(X + at, s);
            vd v = fixed(get_floats(f + at, s), unit) + floor_d(x * alpha) + get_ints(Y + at, s);
            vd y = floor_d(x * beta);
            most = reach(v, most);
            v = saturated(v);
            put_ints(Y + at, v, s);
            put_ints(X + at, y, s);
            if (next) put_floats(next + at, v * resolution, s);
            if (SIDE) {
                vd rest = x - ceil_d(y * inverse);
                for (int k = 0; k < SIDE; k++) planes[k] |= plane(rest, k) << p * D;
            }
        }
        for (int k = 0; k < SIDE; k++) side[i / GROUP * SIDE + k] = (uint8_t) planes[k];
    });
}

static addr stream_couple(const float* f, int* X, int* Y, double alpha, double beta, double inverse, double unit, int width,
        uint8_t* side, float* next, addr n) {
    auto couple = !side || width == 0 ? couple_all<0> : width == 1 ? couple_all<1> : width == 2 ? couple_all<2>
            : width == 3 ? couple_all<3> : couple_all<4>;
    return largest_integer(couple(f, X, Y, alpha, beta, inverse, unit, side, next, n));
}

template <int SIDE>
static void restore_input_all(int* Y, const uint8_t* side, double inverse, double resolution, float* x, addr n) {
    groups(n, [=](addr i, addr m, vd&) {
        for (int p = 0; p < GROUP / D && p * D < m; p++) {
            addr at = i + p * D, s = share(m, p);
            vd v = ceil_d(get_ints(Y + at, s) * inverse);
            for (int k = 0; k < SIDE; k++) v += spread(side[i / GROUP * SIDE + k] >> p * D, 1 << k);
            v = saturated(v);
            put_ints(Y + at, v, s);
            if (x) put_floats(x + at, v * resolution, s);
        }
    });
}

static void stream_restore_input(int* Y, const uint8_t* side, int width, double inverse, double resolution, float* x, addr n) {
    if (width == 0) restore_input_all<0>(Y, side, inverse, resolution, x, n);
    else if (width == 1) restore_input_all<1>(Y, side, inverse, resolution, x, n);
    else if (width == 2) restore_input_all<2>(Y, side, inverse, resolution, x, n);
    else if (width == 3) restore_input_all<3>(Y, side, inverse, resolution, x, n);
    else restore_input_all<4>(Y, side, inverse, resolution, x, n);
}

static void stream_restore_previous(int* Xp, const int* X, const float* f, double alpha, double unit, addr n) {
    parts(n, [=](addr i, addr m, vd&) {
        vd v = get_ints(Xp + i, m) - fixed(get_floats(f + i, m), unit) - floor_d(get_ints(X + i, m) * alpha);
        put_ints(Xp + i, saturated(v), m);
    });
}

static addr stream_checksum(const uint8_t* data, addr bytes) {
    const uint64_t golden = 0x9E3779B97F4A7C15ull;
    const addr words = bytes / 8, vectors = words / D;
    vl lane;
    for (int i = 0; i < D; i++) lane[i] = i * golden;
    uint64_t total = 0;
    #pragma omp parallel reduction(+ : total) if (bytes / 4 > PARALLEL_FROM)
    {
        vl part = {};
        #pragma omp for schedule(static) nowait
        for (addr v = 0; v < vectors; v++) {
            vl word;
            memcpy(&word, data + v * sizeof(vl), sizeof(vl));
            part += mixed(word + ((uint64_t) v * D * golden + lane));
        }
        for (int i = 0; i < D; i++) total += part[i];
    }
    for (addr w = vectors * D; w < (bytes + 7) / 8; w++) {
        uint64_t word = 0;
        memcpy(&word, data + 8 * w, bytes - 8 * w < 8 ? bytes - 8 * w : 8);
        total += mixed(word + (uint64_t) w * golden);
    }
    return (addr) total;
}

static void stream_sum(const float* f, float alpha, const float* x, float beta, const float* y, float* out, addr n) {
    addr vectors = (n + W - 1) / W;
    #pragma omp parallel for schedule(static) if (n > PARALLEL_FROM)
    for (addr v = 0; v < vectors; v++) {
        addr i = v * W, m = n - i < W ? n - i : W;
        vf s = get(f + i, m);
        if (x) s += rounded(get(x + i, m) * alpha);
        if (y) s += rounded(get(y + i, m) * beta);
        put(out + i, s, m);
    }
}

static void stream_difference(const float* y, const float* f, float alpha, const float* x, float* out, addr n) {
    addr vectors = (n + W - 1) / W;
    #pragma omp parallel for schedule(static) if (n > PARALLEL_FROM)
    for (addr v = 0; v < vectors; v++) {
        addr i = v * W, m = n - i < W ? n - i : W;
        vf s = get(f + i, m);
        if (x) s += rounded(get(x + i, m) * alpha);
        put(out + i, get(y + i, m) - s, m);
    }
}

}  // namespace RL_NS
}  // namespace revlayers
#endif
