// Batch normalisation over [batch, channels, inner]: statistics per channel. A thread takes a channel (of matrices, inner = 1: W channels)
// through both passes, so that the second finds it in the cache where it fits; of matrices with many rows, images with the channels last say, it takes rows:
// columns.h. Sums run in double, in an order that no number of threads changes. The contracts are those of ChannelKernels.
// Part of each instruction set: included by kernels.h and by headers that need it, in any order.
#ifndef RL_CHANNEL_H
#define RL_CHANNEL_H
#include "channel/columns.h"
#include "linear/linear.h"
#include "shared/doubles.h"

namespace revlayers {
namespace RL_NS {

static inline Affine affine_of(const Channels& s, addr c, addr width) {
    Affine a = {};
    for (addr i = 0; i < width; i++) {
        float r = (float) (1.0 / sqrt((double) s.variance[c + i] + s.eps));
        a.mean[i] = s.mean[c + i];
        a.rstd[i] = r;
        a.scale[i] = s.gamma ? s.gamma[c + i] * r : r;
        a.shift[i] = s.beta ? s.beta[c + i] : 0.0f;
    }
    return s.inner == 1 ? a : (Affine){splat(a.mean[0]), splat(a.rstd[0]), splat(a.scale[0]), splat(a.shift[0])};
}

// Calls f(offset, n) for all vectors of channels c .. c + width - 1: width is 1 where inner > 1.
template <typename F>
static inline void each_vector(const Channels& s, addr c, addr width, F f) {
    for (addr b = 0; b < s.batch; b++) {
        addr row = (b * s.channels + c) * s.inner, i = 0, length = width * s.inner;
        for (; i + W <= length; i += W) f(row + i, (addr) W);
        if (i < length) f(row + i, length - i);
    }
}
// Calls f(c, width) for every piece of work, over the threads.
template <typename F>
static inline void each_channel(const Channels& s, F f) {
    addr step = s.inner == 1 ? W : 1;
    #pragma omp parallel for schedule(static) if (count(s) * s.channels > PARALLEL_FROM)
    for (addr c = 0; c < s.channels; c += step) f(c, s.channels - c < step ? s.channels - c : step);
}

static inline void batch_statistics(const Channels& s, addr c, addr width) {
    Doubles sum, squares;
    if (s.inner == 1) {
        Doubles first(get(s.x + c, width));
        each_vector(s, c, width, [&](addr i, addr n) {
            Doubles d = Doubles(get(s.x + i, n)) - first;
            sum.add(d);
            squares.add_product(d, d);
        });
        for (int i = 0; i < width; i++) put_statistics(s, c + i, first.at(i), sum.at(i), squares.at(i));
    } else {
        float k = s.x[c * s.inner];
        Doubles first(splat(k));
        each_vector(s, c, 1, [&](addr i, addr n) {
            Doubles d = Doubles(n == W ? load(s.x + i) : load_part(s.x + i, n, k)) - first;
            sum.add(d);
            squares.add_product(d, d);
        });
        put_statistics(s, c, k, sum.sum(), squares.sum());
    }
}

template <bool RELU>
static void channel_norm_all(const Channels& s, bool given, float* y) {
    if (by_rows(s)) {
        norm_by_rows<RELU>(s, given, y);
        return;
    }
    each_channel(s, [&](addr c, addr width) {
        if (!given) batch_statistics(s, c, width);
        Affine a = affine_of(s, c, width);
        each_vector(s, c, width, [&](addr i, addr n) {
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
    if (by_rows(s)) {
        norm_backward_by_rows<RELU>(s, constant, dy, dx, dgamma, dbeta);
        return;
    }
    each_channel(s, [&](addr c, addr width) {
        bool lanes = s.inner == 1;
        Affine a = affine_of(s, c, width);
        vf mean_g = {}, mean_gz = {};
        if (!constant || dgamma || dbeta) {
            Doubles g_sum, gd_sum;
            each_vector(s, c, width, [&](addr i, addr n) {
                vf x = get(s.x + i, n);
                Doubles g(through<RELU>(get(dy + i, n), x, a));
                g_sum.add(g);
                gd_sum.add_product(g, Doubles(x - a.mean));
            });
            for (int i = 0; i < width; i++) {
                double g = lanes ? g_sum.at(i) : g_sum.sum();
                double gz = (lanes ? gd_sum.at(i) : gd_sum.sum()) * (double) a.rstd[i];
                if (dbeta) dbeta[c + i] = (float) g;
                if (dgamma) dgamma[c + i] = (float) gz;
                mean_g[i] = (float) (g / count(s));
                mean_gz[i] = (float) (gz / count(s));
            }
            if (!lanes) {
                mean_g = splat(mean_g[0]);
                mean_gz = splat(mean_gz[0]);
            }
        }
        each_vector(s, c, width, [&](addr i, addr n) {
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
    if (by_rows(s)) {
        sums_by_rows(s, out);
        return;
    }
    each_channel(s, [&](addr c, addr width) {
        Doubles sum;
        each_vector(s, c, width, [&](addr i, addr n) { sum.add(Doubles(get(s.x + i, n))); });
        for (int i = 0; i < width; i++) out[c + i] = (float) (s.inner == 1 ? sum.at(i) : sum.sum());
    });
}

}  // namespace RL_NS
}  // namespace revlayers
#endif
