// Batch normalisation over [batch, channels, inner]: statistics per channel. A thread takes a channel through both passes, so that the second finds it in the
// cache where it fits; of matrices, inner = 1, images with the channels last among them, it takes rows: columns.h. Sums run in double, in an order that no
// number of threads changes. The contracts are those of ChannelKernels.
// Part of each instruction set: included by kernels.h and by headers that need it, in any order.
#ifndef RL_CHANNEL_H
#define RL_CHANNEL_H
#include "channel/columns.h"
#include "linear/linear.h"
#include "shared/doubles.h"

namespace revlayers {
namespace RL_NS {

static inline Affine affine_of(const Channels& s, addr c) {
    Constants of = constants_of(s, c);
    return {splat(of.mean), splat(of.rstd), splat(of.scale), splat(of.shift)};
}

// Calls f(offset, n) for all vectors of a channel.
template <typename F>
static inline void each_vector(const Channels& s, addr c, F f) {
    for (addr b = 0; b < s.batch; b++) {
        addr row = (b * s.channels + c) * s.inner, i = 0;
        for (; i + W <= s.inner; i += W) f(row + i, (addr) W);
        if (i < s.inner) f(row + i, s.inner - i);
    }
}
// Calls f(c) for every channel, over the threads.
template <typename F>
static inline void each_channel(const Channels& s, F f) {
    #pragma omp parallel for schedule(static) if (count(s) * s.channels > PARALLEL_FROM)
    for (addr c = 0; c < s.channels; c++) f(c);
}

static inline void batch_statistics(const Channels& s, addr c) {
    Doubles sum, squares;
    float k = s.x[c * s.inner];
    Doubles first(splat(k));
    each_vector(s, c, [&](addr i, addr n) {
        Doubles d = Doubles(n == W ? load(s.x + i) : load_part(s.x + i, n, k)) - first;
        sum.add(d);
        squares.add_product(d, d);
    });
    put_statistics(s, c, k, sum.sum(), squares.sum());
}

template <bool RELU>
static void channel_norm_all(const Channels& s, bool given, float* y) {
    if (s.inner == 1) {
        norm_by_rows<RELU>(s, given, y);
        return;
    }
    each_channel(s, [&](addr c) {
        if (!given) batch_statistics(s, c);
        Affine a = affine_of(s, c);
        each_vector(s, c, [&](addr i, addr n) {
            vf v = normal_value(get(s.x + i, n), a);
            put(y + i, RELU ? (v < 0.0f ? (vf){} : v) : v, n);
        });
    });
}

static void channel_norm(bool given, bool relu, double eps, const float* x, const float* gamma, const float* beta, float* mean,
        float* variance, float* y, addr batch, addr channels, addr inner) {
    const Channels s = {x, gamma, beta, mean, variance, batch, channels, inner, eps};
    if (relu) channel_norm_all<true>(s, given, y);
    else channel_norm_all<false>(s, given, y);
}

template <bool RELU>
static void channel_norm_backward_all(const Channels& s, bool constant, const float* dy, float* dx, float* dgamma, float* dbeta) {
    if (s.inner == 1) {
        norm_backward_by_rows<RELU>(s, constant, dy, dx, dgamma, dbeta);
        return;
    }
    each_channel(s, [&](addr c) {
        Affine a = affine_of(s, c);
        vf mean_g = {}, mean_gz = {};
        if (!constant || dgamma || dbeta) {
            Doubles g_sum, gd_sum;
            each_vector(s, c, [&](addr i, addr n) {
                vf x = get(s.x + i, n);
                Doubles g(through<RELU>(get(dy + i, n), x, a));
                g_sum.add(g);
                gd_sum.add_product(g, Doubles(x - a.mean));
            });
            double g = g_sum.sum(), gz = gd_sum.sum() * (double) a.rstd[0];
            if (dbeta) dbeta[c] = (float) g;
            if (dgamma) dgamma[c] = (float) gz;
            mean_g = splat((float) (g / count(s)));
            mean_gz = splat((float) (gz / count(s)));
        }
        each_vector(s, c, [&](addr i, addr n) {
            vf x = get(s.x + i, n), g = through<RELU>(get(dy + i, n), x, a);
            if (!constant) g = (g - mean_g) - (x - a.mean) * a.rstd * mean_gz;
            put(dx + i, g * a.scale, n);
        });
    });
}

static void channel_norm_backward(bool constant, bool relu, double eps, const float* x, const float* gamma, const float* beta,
        float* mean, float* variance, const float* dy, float* dx, float* dgamma, float* dbeta, addr batch, addr channels, addr inner) {
    const Channels s = {x, gamma, beta, mean, variance, batch, channels, inner, eps};
    if (relu) channel_norm_backward_all<true>(s, constant, dy, dx, dgamma, dbeta);
    else channel_norm_backward_all<false>(s, constant, dy, dx, dgamma, dbeta);
}

static void channel_add_bias(float* x, const float* bias, addr batch, addr channels, addr inner) {
    if (inner == 1) {
        add_bias(x, bias, batch, channels);
        return;
    }
    #pragma omp parallel for schedule(static) if (batch * channels * inner > PARALLEL_FROM)
    for (addr row = 0; row < batch * channels; row++) {
        vf b = splat(bias[row % channels]);
        float* to = x + row * inner;
        for (addr i = 0; i < inner; i += W) {
            addr n = inner - i < W ? inner - i : W;
            put(to + i, get(to + i, n) + b, n);
        }
    }
}

static void channel_sums(const float* x, float* out, addr batch, addr channels, addr inner) {
    const Channels s = {x, nullptr, nullptr, nullptr, nullptr, batch, channels, inner, 0};
    if (s.inner == 1) {
        sums_by_rows(s, out);
        return;
    }
    each_channel(s, [&](addr c) {
        Doubles sum;
        each_vector(s, c, [&](addr i, addr n) { sum.add(Doubles(get(s.x + i, n))); });
        out[c] = (float) sum.sum();
    });
}

}  // namespace RL_NS
}  // namespace revlayers
#endif
