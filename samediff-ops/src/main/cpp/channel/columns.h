// Batch normalisation of matrices, inner = 1: threads take rows, all channels at once, as they lie in memory.
// Part of each instruction set: included by kernels.h and by headers that need it, in any order.
#ifndef RL_COLUMNS_H
#define RL_COLUMNS_H
#include "shared/doubles.h"
#include "shared/rows.h"

namespace revlayers {
namespace RL_NS {

struct Channels {  // batch normalisation over [batch, channels, inner]
    const float *x, *gamma, *beta;  // gamma, beta: or null
    float *mean, *variance;
    addr batch, channels, inner;
    double eps;
};

static inline addr count(const Channels& s) { return s.batch * s.inner; }

// From sums of x - first and its square.
static inline void put_statistics(const Channels& s, addr c, double first, double sum, double squares) {
    double m = sum / count(s), v = squares / count(s) - m * m;
    s.mean[c] = (float) (first + m);
    s.variance[c] = (float) (v < 0 ? 0 : v);
}

// What a channel is normalised with: y = (x - mean) scale + shift.
struct Constants {
    float mean, rstd, scale, shift;
};
static inline Constants constants_of(const Channels& s, addr c) {
    float r = (float) (1.0 / sqrt((double) s.variance[c] + s.eps));
    return {s.mean[c], r, s.gamma ? s.gamma[c] * r : r, s.beta ? s.beta[c] : 0.0f};
}

// The same of each lane: of neighbouring channels where inner is 1, else of one.
struct Affine {
    vf mean, rstd, scale, shift;
};
static inline vf normal_value(vf x, const Affine& a) { return multiply_add(x - a.mean, a.scale, a.shift); }
// The gradient that reaches the normalised value.
template <bool RELU>
static inline vf through(vf dy, vf x, const Affine& a) {
    return RELU ? (normal_value(x, a) > 0.0f ? dy : (vf){}) : dy;
}

// The number of lanes is known where these are called: a branch on it for every vector took five times as long.
#define RL_IN_PLACE __attribute__((always_inline))

// The sums of rows from .. to of T neighbouring vectors, n lanes of the last: a row's are read together, for a cache line by itself comes late.
template <int N, int T, typename At>
static inline void column_piece(const Channels& s, addr c, addr n, addr from, addr to, double* piece, At at) {
    Doubles sums[T][N];
    auto add = [&](int t) { return at(c + t * W, t == T - 1 ? n : (addr) W); };
    if constexpr (T == 4) {
        auto a0 = add(0), a1 = add(1), a2 = add(2), a3 = add(3);
        for (addr r = from, i = from * s.channels + c; r < to; r++, i += s.channels) {
            a0(i, sums[0]);
            a1(i + W, sums[1]);
            a2(i + 2 * W, sums[2]);
            a3(i + 3 * W, sums[3]);
        }
    } else {
        auto a0 = add(0);
        for (addr r = from, i = from * s.channels + c; r < to; r++, i += s.channels) a0(i, sums[0]);
    }
    for (int t = 0; t < T; t++)
        for (int k = 0; k < N; k++)
            for (addr i = 0; i < (t == T - 1 ? n : (addr) W); i++) piece[k * s.channels + c + t * W + i] = sums[t][k].at(i);
}

// N sums per channel, [N][channels]. At(c, n) makes what adds an element of channels c .. c + n - 1 to their sums.
template <int N, typename At>
static void each_column(const Channels& s, double* out, At at) {
    int chunks = row_chunks(s.batch);
    Scratch scratch;
    double* pieces = scratch.take<double>((addr) chunks * N * s.channels);
    scratch.check();
    #pragma omp parallel for schedule(static) if (s.batch * s.channels > PARALLEL_FROM)
    for (int chunk = 0; chunk < chunks; chunk++) {
        addr from = s.batch * chunk / chunks, to = s.batch * (chunk + 1) / chunks, c = 0;
        double* piece = pieces + (addr) chunk * N * s.channels;
        for (; c + 4 * W <= s.channels; c += 4 * W) column_piece<N, 4>(s, c, W, from, to, piece, at);
        for (; c < s.channels; c += W) column_piece<N, 1>(s, c, s.channels - c < W ? s.channels - c : W, from, to, piece, at);
    }
    for (addr i = 0; i < N * s.channels; i++) {
        out[i] = 0;
        for (int chunk = 0; chunk < chunks; chunk++) out[i] += pieces[(addr) chunk * N * s.channels + i];
    }
    free(pieces);
}

// Calls f(offset, c, n) for all vectors, row after row.
template <typename F>
static void each_row(const Channels& s, F f) {
    #pragma omp parallel for schedule(static) if (s.batch * s.channels > PARALLEL_FROM)
    for (addr r = 0; r < s.batch; r++) {
        addr row = r * s.channels, c = 0;
        for (; c + W <= s.channels; c += W) f(row + c, c, (addr) W);
        if (c < s.channels) f(row + c, c, s.channels - c);
    }
}

// Affine of every channel, one array behind the other.
struct Affines {
    float* values;
    addr channels;

    Affines(const Channels& s, Scratch& scratch) : values(scratch.take<float>(4 * s.channels)), channels(s.channels) {
        scratch.check();
        for (addr c = 0; c < channels; c++) {
            Constants of = constants_of(s, c);
            values[c] = of.mean;
            values[channels + c] = of.rstd;
            values[2 * channels + c] = of.scale;
            values[3 * channels + c] = of.shift;
        }
    }
    ~Affines() { free(values); }
    inline Affine at(addr c, addr n) const {
        return {get(values + c, n), get(values + channels + c, n), get(values + 2 * channels + c, n), get(values + 3 * channels + c, n)};
    }
};

static void statistics_by_rows(const Channels& s) {
    Scratch scratch;
    double* sums = scratch.take<double>(2 * s.channels);
    scratch.check();
    each_column<2>(s, sums, [&](addr c, addr n) {
        Doubles first(get(s.x + c, n));
        return [&s, first, n](addr i, Doubles* to) RL_IN_PLACE {
            Doubles d = Doubles(get(s.x + i, n)) - first;
            to[0].add(d);
            to[1].add_product(d, d);
        };
    });
    for (addr c = 0; c < s.channels; c++) put_statistics(s, c, s.x[c], sums[c], sums[s.channels + c]);
    free(sums);
}

template <bool RELU>
static void norm_by_rows(const Channels& s, bool given, float* y) {
    if (!given) statistics_by_rows(s);
    Scratch scratch;
    Affines affines(s, scratch);
    each_row(s, [&](addr i, addr c, addr n) RL_IN_PLACE {
        vf v = normal_value(get(s.x + i, n), affines.at(c, n));
        put(y + i, RELU ? (v < 0.0f ? (vf){} : v) : v, n);
    });
}

template <bool RELU>
static void norm_backward_by_rows(const Channels& s, bool constant, const float* dy, float* dx, float* dgamma, float* dbeta) {
    Scratch scratch;
    Affines affines(s, scratch);
    float* means = scratch.zeros<float>(2 * s.channels);  // of g, and of g z
    double* sums = scratch.take<double>(2 * s.channels);
    if (!scratch.lacks() && (!constant || dgamma || dbeta)) {
        each_column<2>(s, sums, [&](addr c, addr n) {
            Affine a = affines.at(c, n);
            return [&s, a, dy, n](addr i, Doubles* to) RL_IN_PLACE {
                vf x = get(s.x + i, n);
                Doubles g(through<RELU>(get(dy + i, n), x, a));
                to[0].add(g);
                to[1].add_product(g, Doubles(x - a.mean));
            };
        });
        for (addr c = 0; c < s.channels; c++) {
            double g = sums[c], gz = sums[s.channels + c] * (double) affines.values[s.channels + c];
            if (dbeta) dbeta[c] = (float) g;
            if (dgamma) dgamma[c] = (float) gz;
            means[c] = (float) (g / s.batch);
            means[s.channels + c] = (float) (gz / s.batch);
        }
    }
    if (!scratch.lacks())
        each_row(s, [&](addr i, addr c, addr n) RL_IN_PLACE {
            Affine a = affines.at(c, n);
            vf x = get(s.x + i, n), g = through<RELU>(get(dy + i, n), x, a);
            if (!constant) g = (g - get(means + c, n)) - (x - a.mean) * a.rstd * get(means + s.channels + c, n);
            put(dx + i, g * a.scale, n);
        });
    free(means);
    free(sums);
    scratch.check();
}

static void sums_by_rows(const Channels& s, float* out) {
    Scratch scratch;
    double* sums = scratch.take<double>(s.channels);
    scratch.check();
    each_column<1>(s, sums, [&](addr, addr n) { return [&s, n](addr i, Doubles* to) RL_IN_PLACE { to[0].add(Doubles(get(s.x + i, n))); }; });
    for (addr c = 0; c < s.channels; c++) out[c] = (float) sums[c];
    free(sums);
}

}  // namespace RL_NS
}  // namespace revlayers
#endif
