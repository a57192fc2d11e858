// Back Razor, the part of dw that the means have. With b = 1 where x > 0, and high and low the means of a sample,
//   x^ = low + (high - low) b + [kept] (x - the mean of its side),
// of which this adds the first two terms times dy; product.h has the third. Four rows of (high - low) dy have sixteen sums, which are made once;
// every column of x then picks one of them by four of its bits, so that four rows cost one addition. The order of the sums is that of the rows,
// whatever the instruction set and the number of threads.
// Part of each instruction set: included by kernels.h and by headers that need it, in any order.
#ifndef RL_SIDES_H
#define RL_SIDES_H
#include "razor/layout.h"
#include "shared/simd.h"

namespace revlayers {
namespace RL_NS {

const addr QUADS = 8, PASS = 4 * QUADS, SUMS = 4, WIDE = SUMS * W, PART = 1024;  // rows of a pass, columns of dy and of x that are taken together

// Calls work(block, first column, its end, memory) for every block of the columns of dy and every part of those of x; each thread has `floats` of memory.
template <class Work>
static inline void each_part(addr blocks, addr parts, addr in, bool many, addr floats, Scratch& scratch, Work work) {
    #pragma omp parallel if (many)
    {
        float* memory = scratch.take<float>(floats);
        #pragma omp for schedule(dynamic)
        for (addr i = 0; i < blocks * parts; i++) {
            if (!memory) continue;
            addr part = i % parts;
            work(i / parts, in * part / parts, in * (part + 1) / parts, memory);
        }
        free(memory);
    }
}

struct Sides {  // x: [rows, in], dy: [rows, out]
    addr rows, in, out, per_sample;
    const uint8_t* positive;
    const float *means, *dy;
    float* dw;
    bool accumulate;
    uint32_t* bits;  // of each pass, for each column of x: its rows, the first in the lowest bit
};

// Bit r of byte c becomes bit c of byte r.
static inline uint64_t transpose_bits(uint64_t x) {
    uint64_t t = (x ^ x >> 7) & 0x00AA00AA00AA00AAull;
    x ^= t ^ t << 7;
    t = (x ^ x >> 14) & 0x0000CCCC0000CCCCull;
    x ^= t ^ t << 14;
    t = (x ^ x >> 28) & 0x00000000F0F0F0F0ull;
    return x ^ t ^ t << 28;
}

static void turn_bits(const Sides& d, addr pass) {
    uint32_t* to = d.bits + pass * d.in;
    for (addr c = 0; c < d.in; c += 8) {
        const addr n = d.in - c < 8 ? d.in - c : 8;
        uint32_t turned[8] = {};
        for (addr eight = 0; eight < PASS / 8; eight++) {
            uint64_t word = 0;
            for (addr r = 0; r < 8; r++) {
                const addr row = pass * PASS + eight * 8 + r;
                if (row >= d.rows) break;
                const addr at = row * d.in + c, skip = at % 8;
                uint32_t two = d.positive[at / 8];
                if (skip + n > 8) two |= (uint32_t) d.positive[at / 8 + 1] << 8;
                word |= (uint64_t) (two >> skip & 255) << 8 * r;
            }
            word = transpose_bits(word);
            for (addr i = 0; i < 8; i++) turned[i] |= (uint32_t) (word >> 8 * i & 255) << 8 * eight;
        }
        for (addr i = 0; i < n; i++) to[c + i] = turned[i];
    }
}

typedef vf Table[16][SUMS];

// The sums of four rows each; adds low dy to `flat`.
static inline void make_tables(const Sides& d, addr pass, addr o, addr width, Table* table, vf* flat) {
    for (addr q = 0; q < QUADS; q++) {
        vf row[4][SUMS] = {};
        for (addr r = 0; r < 4; r++) {
            const addr i = pass * PASS + q * 4 + r;
            if (i >= d.rows) break;
            const float high = d.means[2 * (i / d.per_sample)], low = d.means[2 * (i / d.per_sample) + 1];
            for (addr v = 0; v < SUMS && v * W < width; v++) {
                const vf dy = get(d.dy + i * d.out + o + v * W, width - v * W < W ? width - v * W : W);
                row[r][v] = splat(high - low) * dy;
                flat[v] = multiply_add(splat(low), dy, flat[v]);
            }
        }
        for (addr v = 0; v < SUMS; v++) table[q][0][v] = (vf){};
        for (int m = 1; m < 16; m++) {
            for (addr v = 0; v < SUMS; v++) table[q][m][v] = table[q][m & (m - 1)][v] + row[__builtin_ctz(m)][v];
        }
    }
}

// Columns first .. last of x against columns o .. of dy.
static void multiply_sides(const Sides& d, addr o, addr first, addr last, float* sums) {
    const addr width = d.out - o < WIDE ? d.out - o : WIDE;
    alignas(64) Table table[QUADS];
    vf flat[SUMS] = {};
    memset(sums, 0, (last - first) * WIDE * sizeof(float));
    for (addr pass = 0; pass * PASS < d.rows; pass++) {
        make_tables(d, pass, o, width, table, flat);
        const uint32_t* bits = d.bits + pass * d.in;
        for (addr c = first; c < last; c++) {
            const uint32_t rows = bits[c];
            float* sum = sums + (c - first) * WIDE;
            vf part[QUADS][SUMS];
            #pragma GCC unroll 8
            for (addr q = 0; q < QUADS; q++) {
                const vf* picked = table[q][rows >> 4 * q & 15];
                #pragma GCC unroll 4
                for (addr v = 0; v < SUMS; v++) part[q][v] = picked[v];
            }
            #pragma GCC unroll 4
            for (addr v = 0; v < SUMS; v++) {
                #pragma GCC unroll 4
                for (addr half = QUADS / 2; half > 0; half /= 2) {
                    #pragma GCC unroll 4
                    for (addr q = 0; q < half; q++) part[q][v] += part[q + half][v];
                }
                store(sum + v * W, load(sum + v * W) + part[0][v]);
            }
        }
    }
    for (addr c = first; c < last; c++) {
        for (addr v = 0; v < SUMS && v * W < width; v++) {
            const addr n = width - v * W < W ? width - v * W : W;
            float* dw = d.dw + c * d.out + o + v * W;
            vf sum = load(sums + (c - first) * WIDE + v * W) + flat[v];
            put(dw, d.accumulate ? get(dw, n) + sum : sum, n);
        }
    }
}

// dw (+)= (low + (high - low) b)T dy.
static void razor_sides_gradient(Sides d, Scratch& scratch) {
    const addr passes = (d.rows + PASS - 1) / PASS;
    d.bits = scratch.take<uint32_t>(passes * d.in);
    if (!d.bits) return;
    const bool many = d.rows * d.in > PARALLEL_FROM;
    #pragma omp parallel for schedule(static) if (many)
    for (addr p = 0; p < passes; p++) turn_bits(d, p);
    const addr blocks = (d.out + WIDE - 1) / WIDE, parts = (d.in + PART - 1) / PART;
    each_part(blocks, parts, d.in, many, PART * WIDE, scratch,
            [&](addr block, addr first, addr last, float* sums) { multiply_sides(d, block * WIDE, first, last, sums); });
    free(d.bits);
}

}  // namespace RL_NS
}  // namespace revlayers
#endif
