// Back Razor, what was dropped: on which side of 0 it was, one bit per element, and the mean of each side of a sample. Sums run in double,
// over chunks whose bounds depend on the sample alone, so that threads do not change the result.
// Part of each instruction set: included by kernels.h and by headers that need it, in any order.
#ifndef RL_FILL_H
#define RL_FILL_H
#include "razor/bits.h"
#include "razor/lanes.h"
#include "shared/doubles.h"

namespace revlayers {
namespace RL_NS {

const addr CHUNK = 1 << 14;

static inline addr chunks(const Razor& r) { return (r.per_sample + 7) / CHUNK + 1; }

// Calls work(chunk, sample, begin, end) for stretches that begin on a byte of the bitmap, but for the first of a sample.
template <class Work>
static inline void each_chunk(const Razor& r, Work work) {
    const addr each = chunks(r);
    #pragma omp parallel for schedule(static) if (r.batch * r.per_sample > PARALLEL_FROM)
    for (addr c = 0; c < r.batch * each; c++) {
        addr s = c / each, begin = s * r.per_sample, from = begin / 8 * 8 + c % each * CHUNK, to = from + CHUNK;
        if (from < begin) from = begin;
        if (to > begin + r.per_sample) to = begin + r.per_sample;
        if (from < to) work(c, s, from, to);
    }
}

static inline uint32_t positive_lanes(vf v) {
#if RL_WIDTH == 16
    return _mm512_cmp_ps_mask((mf) v, _mm512_setzero_ps(), _CMP_GT_OQ);
#else
    return RL_MM(movemask_ps)((mf) (v > (vf){}));
#endif
}

struct Side {
    Doubles sum;
    addr count = 0;
    void add(vf v, uint32_t bits) {
        sum.add(Doubles(keep_bits(v, bits)));
        count += ones(bits);
    }
};

// positive: the bits of x > 0; means: of each sample's dropped elements above 0, and of the others; 0 if there are none.
static void razor_sides(addr batch, addr per_sample, const float* x, uint8_t* bitmap, uint8_t* positive, float* means) {
    const Razor r = {batch, per_sample, 0, 0, 0, false, bitmap, nullptr, nullptr};
    struct Total {
        double sum[2];
        addr count[2];
    };
    const addr each = chunks(r);
    Scratch scratch;
    Total* total = scratch.zeros<Total>(r.batch * each);
    scratch.check();
    clear_shared(r, positive);
    each_chunk(r, [&](addr c, addr, addr from, addr to) {
        Side above_zero, others;
        each_block(from, to, [&](addr i, addr n, int skip) {
            uint8_t kept[BLOCK / 8 + 8] = {}, bits[BLOCK / 8 + 8] = {};
            bits_of(r.bitmap, i, n, skip, kept);
            each_vector(kept, n, [&](addr at, addr m, uint32_t keep) {
                const uint32_t dropped = ~keep & (uint32_t) ((1ull << m) - 1);
                vf v = get(x + i + at, m);
                const uint32_t up = positive_lanes(v);
                above_zero.add(v, dropped & up);
                others.add(v, dropped & ~up);
                for (addr b = 0; b < m; b += 8 - at % 8) bits[(at + b) / 8] |= (uint8_t) (up >> b << (at + b) % 8);
            });
            put_bits(positive, i, n, skip, bits);
        });
        total[c] = {{above_zero.sum.sum(), others.sum.sum()}, {above_zero.count, others.count}};
    });
    for (addr s = 0; s < r.batch; s++) {
        for (int side = 0; side < 2; side++) {
            double sum = 0;
            addr count = 0;
            for (addr c = s * each; c < (s + 1) * each; c++) {
                sum += total[c].sum[side];
                count += total[c].count[side];
            }
            means[2 * s + side] = count ? (float) (sum / count) : 0.0f;
        }
    }
    free(total);
}

// Writes the means where nothing was kept.
static void razor_fill(addr batch, addr per_sample, uint8_t* bitmap, const uint8_t* positive, const float* means, float* x) {
    const Razor r = {batch, per_sample, 0, 0, 0, false, bitmap, nullptr, nullptr};
    each_chunk(r, [&](addr, addr s, addr from, addr to) {
        const vf high = splat(means[2 * s]), low = splat(means[2 * s + 1]);
        each_block(from, to, [&](addr i, addr n, int skip) {
            uint8_t kept[BLOCK / 8 + 8] = {}, up[BLOCK / 8 + 8] = {};
            bits_of(r.bitmap, i, n, skip, kept);
            bits_of(positive, i, n, skip, up);
            each_vector(kept, n, [&](addr at, addr m, uint32_t keep) {
                uint32_t above_zero = 0;
                memcpy(&above_zero, up + at / 8, (W + 7) / 8);
                above_zero = above_zero >> at % 8 & (uint32_t) ((1ull << W) - 1);
                vi filled = (vi) keep_bits(get(x + i + at, m), keep) | (vi) keep_bits(high, above_zero & ~keep)
                        | (vi) keep_bits(low, ~above_zero & ~keep);
                put(x + i + at, (vf) filled, m);
            });
        });
    });
}

}  // namespace RL_NS
}  // namespace revlayers
#endif
