// Batch normalisation over [batch, channels, inner], and the gradient of a convolution's bias: the contracts are those of ChannelKernels. Sums run in
// double: each block sums a piece of a channel, then a warp adds the pieces of its channel in order. Where the inner axes are short, [channels, inner]
// are the columns of a matrix.
#pragma once
#include "elements.h"

const int CHANNEL_WARPS = 8;  // of a block that sums

struct Pair {
    double a, b;
};
RL_DEVICE Pair operator+(Pair p, Pair q) { return {p.a + q.a, p.b + q.b}; }
RL_DEVICE Pair warp_sum(Pair p) { return {warp_sum(p.a), warp_sum(p.b)}; }

// What a channel is normalised with: y = (x - mean) scale + shift. numbers: [4, channels], what channel_scales and channel_means have written.
struct Normal {
    float mean, rstd, scale, shift, mean_g, mean_gz;
    RL_METHOD Normal(const float* means, const float* beta, const float* numbers, addr channels, addr c)
        : mean(means[c]), rstd(numbers[c]), scale(numbers[channels + c]), shift(beta ? beta[c] : 0.0f), mean_g(numbers[2 * channels + c]),
          mean_gz(numbers[3 * channels + c]) {}
    RL_METHOD float value(float x) const { return fmaf(x - mean, scale, shift); }
    RL_METHOD float through(float dy, float x, int relu) const { return !relu || value(x) > 0.0f ? dy : 0.0f; }
};

// The sum of f over i, i + step, ... below end.
template <class F> RL_DEVICE Pair sum_of(const F& f, addr i, addr end, addr step) {
    Pair sums[EACH] = {};
    for (; i + (EACH - 1) * step < end; i += EACH * step) {
        for (int k = 0; k < EACH; k++) sums[k] = sums[k] + f(i + k * step);
    }
    for (; i < end; i += step) sums[0] = sums[0] + f(i);
    return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

// The sums of a block: of() gives f for a channel, f the two numbers of an element. segment: 0 where the inner axes are columns, and a block takes WARP
// columns of `share` rows; else a plane is cut into segments of so many elements, and a block takes `share` of a channel's segments.
template <class Of> RL_DEVICE void channel_pieces(const Of& of, double* pieces, addr batch, addr channels, addr inner, addr segment, addr share) {
    RL_SHARED double shared[2][CHANNEL_WARPS][WARP];
    int lane = threadIdx.x % WARP, warp = threadIdx.x / WARP;
    addr first = blockIdx.y * share, width = segment ? channels : channels * inner, column = segment ? blockIdx.x : (addr) blockIdx.x * WARP + lane;
    Pair sum = {};
    if (segment) {
        auto f = of(column);
        addr segments = (inner + segment - 1) / segment, last = first + share < batch * segments ? first + share : batch * segments;
        for (addr s = first + warp; s < last; s += CHANNEL_WARPS) {
            addr b = s / segments, from = (s - b * segments) * segment, plane = (b * channels + column) * inner;
            sum = sum + sum_of(f, plane + from + lane, plane + (from + segment < inner ? from + segment : inner), WARP);
        }
        sum = warp_sum(sum);
    } else if (column < width) {
        addr last = first + share < batch ? first + share : batch;
        sum = sum_of(of(column / inner), (first + warp) * width + column, last * width, CHANNEL_WARPS * width);
    }
    shared[0][warp][lane] = sum.a;
    shared[1][warp][lane] = sum.b;
    __syncthreads();
    if (warp > 0 || column >= width || (segment && lane > 0)) return;
    Pair total = {};
    for (int w = 0; w < CHANNEL_WARPS; w++) total = total + Pair{shared[0][w][lane], shared[1][w][lane]};
    addr at = 2 * (blockIdx.y * width + column);
    pieces[at] = total.a;
    pieces[at + 1] = total.b;
}

// A channel's sums, the same in every lane of its warp: of `count` pieces of `columns` columns each.
RL_DEVICE Pair channel_total(const double* pieces, int count, addr channels, int columns, addr c) {
    Pair sum = {};
    for (int j = threadIdx.x % WARP; j < count * columns; j += WARP) {
        int piece = j / columns;
        addr at = 2 * ((piece * channels + c) * columns + (j - piece * columns));
        sum = sum + Pair{pieces[at], pieces[at + 1]};
    }
    return warp_sum(sum);
}

RL_KERNEL(channel_moments, const float* x, double* pieces, addr batch, addr channels, addr inner, addr segment, addr share) {
    channel_pieces(
        [=](addr c) {
            double first = x[c * inner];
            return [=](addr i) {
                double d = x[i] - first;
                return Pair{d, d * d};
            };
        },
        pieces, batch, channels, inner, segment, share);
}

RL_KERNEL(channel_statistics, const double* pieces, int count, int columns, const float* x, float* mean, float* variance, addr batch, addr channels,
        addr inner) {
    addr c = element() / WARP;
    if (c >= channels) return;
    Pair sum = channel_total(pieces, count, channels, columns, c);
    double n = (double) batch * inner, m = sum.a / n, v = sum.b / n - m * m;
    if (threadIdx.x % WARP > 0) return;
    mean[c] = (float) (x[c * inner] + m);
    variance[c] = (float) (v < 0 ? 0 : v);
}

RL_KERNEL(channel_scales, double eps, const float* variance, const float* gamma, float* numbers, addr channels) {
    addr c = element();
    if (c >= channels) return;
    float r = (float) (1.0 / sqrt((double) variance[c] + eps));
    numbers[c] = r;
    numbers[channels + c] = gamma ? gamma[c] * r : r;
}

RL_KERNEL(channel_norm, int relu, const float* x, const float* mean, const float* beta, const float* numbers, float* y, addr n, addr channels, addr inner) {
    addr i = first_element();
    float v[EACH];
    get(v, x, i, n);
    Channel c(i, channels, inner);
    for (int k = 0; k < EACH; k++) {
        v[k] = Normal(mean, beta, numbers, channels, c.channel).value(v[k]);
        if (relu && v[k] < 0.0f) v[k] = 0.0f;
        c.next();
    }
    put(y, v, i, n);
}

RL_KERNEL(channel_gradients, int relu, const float* x, const float* mean, const float* beta, const float* numbers, const float* dy, double* pieces,
        addr batch, addr channels, addr inner, addr segment, addr share) {
    channel_pieces(
        [=](addr c) {
            Normal normal(mean, beta, numbers, channels, c);
            return [=](addr i) {
                float v = x[i];
                double g = normal.through(dy[i], v, relu);
                return Pair{g, g * (double) (v - normal.mean)};
            };
        },
        pieces, batch, channels, inner, segment, share);
}

RL_KERNEL(channel_means, const double* pieces, int count, int columns, float* numbers, float* dgamma, float* dbeta, addr batch, addr channels, addr inner) {
    addr c = element() / WARP;
    if (c >= channels) return;
    Pair sum = channel_total(pieces, count, channels, columns, c);
    if (threadIdx.x % WARP > 0) return;
    double n = (double) batch * inner, gz = sum.b * (double) numbers[c];
    if (dgamma) dgamma[c] = (float) gz;
    if (dbeta) dbeta[c] = (float) sum.a;
    numbers[2 * channels + c] = (float) (sum.a / n);
    numbers[3 * channels + c] = (float) (gz / n);
}

RL_KERNEL(channel_backward, int constant, int relu, const float* x, const float* mean, const float* beta, const float* numbers, const float* dy, float* dx,
        addr n, addr channels, addr inner) {
    addr i = first_element();
    float v[EACH], g[EACH];
    get(v, x, i, n);
    get(g, dy, i, n);
    Channel c(i, channels, inner);
    for (int k = 0; k < EACH; k++) {
        Normal a(mean, beta, numbers, channels, c.channel);
        g[k] = a.through(g[k], v[k], relu);
        if (!constant) g[k] = (g[k] - a.mean_g) - (v[k] - a.mean) * a.rstd * a.mean_gz;
        g[k] *= a.scale;
        c.next();
    }
    put(dx, g, i, n);
}

RL_KERNEL(channel_values, const float* x, double* pieces, addr batch, addr channels, addr inner, addr segment, addr share) {
    channel_pieces([=](addr) { return [=](addr i) { return Pair{x[i], 0.0}; }; }, pieces, batch, channels, inner, segment, share);
}

RL_KERNEL(channel_sums, const double* pieces, int count, int columns, float* out, addr channels) {
    addr c = element() / WARP;
    if (c >= channels) return;
    Pair sum = channel_total(pieces, count, channels, columns, c);
    if (threadIdx.x % WARP == 0) out[c] = (float) sum.a;
}
