// Back Razor: dw (+)= xT dy from the stored form of x; with means, which sides.h has, what is kept counts by its distance from the mean of its
// side. Rows are taken in panels. Of each panel the kept numbers are sorted by column, and a block of the columns of dy is copied together, so
// that it stays in the second-level cache while every column of x picks its rows from it.
// The sum over the rows runs in one order always: threads share columns and blocks, not rows.
// Part of each instruction set: included by kernels.h and by headers that need it, in any order.
#ifndef RL_PRODUCT_H
#define RL_PRODUCT_H
#include "razor/bits.h"
#include "razor/sides.h"
#include "razor/values.h"

namespace revlayers {
namespace RL_NS {

const addr PANEL = 256, VECTORS = 8, OUTS = VECTORS * W;  // rows of a panel, vectors of sums in registers, columns of a block

struct Kept {
    int row;  // where its row of the block begins
    float value;
};

struct Product {  // x: [rows, in], dy: [rows, out]
    addr rows, in, out;
    const float* dy;
    float* dw;
    bool accumulate;
    const uint8_t* positive;  // and means: null where zeros fill x
    const float* means;
    addr* start;   // of each row: its first among all kept numbers; one more at the end
    addr* column;  // of each panel: where each column begins among all kept numbers; one more at the end
    Kept* kept;
    addr panels() const { return (rows + PANEL - 1) / PANEL; }
    addr panel_end(addr p) const { return (p + 1) * PANEL < rows ? (p + 1) * PANEL : rows; }
};

// Calls f(element) for every bit that is set.
template <class F>
static inline void each_bit(const uint8_t* bitmap, addr begin, addr end, F f) {
    each_block(begin, end, [&](addr i, addr n, int skip) {
        for (addr j = 0; j < n; j += 64) {
            uint64_t word = 0;
            addr m = n - j < 64 ? n - j : 64;
            memcpy(&word, bitmap + (i + j) / 8, (m + 7) / 8);
            word >>= skip;
            if (m < 64) word &= (1ull << m) - 1;
            for (; word; word &= word - 1) f(i + j + __builtin_ctzll(word));
        }
    });
}

// The kept numbers of a panel, column after column, rows ascending.
static void sort_panel(const Razor& r, const Product& d, addr p, Scratch& scratch) {
    const addr begin = p * PANEL, end = d.panel_end(p);
    addr* column = d.column + p * (d.in + 1);
    addr* next = scratch.zeros<addr>(d.in + 1);
    float* numbers = scratch.take<float>(d.in + W);
    if (!next || !numbers) {
        free(numbers);
        free(next);
        return;
    }
    for (addr row = begin; row < end; row++) {
        each_bit(r.bitmap, row * d.in, (row + 1) * d.in, [&](addr i) { next[i - row * d.in]++; });
    }
    addr at = d.start[begin];
    for (addr c = 0; c < d.in; c++) {
        addr count = next[c];
        column[c] = next[c] = at;
        at += count;
    }
    column[d.in] = at;
    const addr per_sample = r.per_sample / d.in;
    for (addr row = begin; row < end; row++) {
        addr s = row / per_sample, first = row * d.in;
        get_numbers(r, s, d.start[row] - d.start[s * per_sample], numbers, d.start[row + 1] - d.start[row]);
        const float* number = numbers;
        each_bit(r.bitmap, first, first + d.in, [&](addr i) {
            const float mean = d.positive ? d.means[2 * s + !(d.positive[i / 8] >> i % 8 & 1)] : 0;
            d.kept[next[i - first]++] = {(int) ((row - begin) * OUTS), *number++ - mean};
        });
    }
    free(numbers);
    free(next);
}

// Columns first .. last of x against the block of dy from column o.
static void multiply(const Product& d, addr o, addr first, addr last, float* block) {
    const addr width = d.out - o < OUTS ? d.out - o : OUTS;
    for (addr p = 0; p < d.panels(); p++) {
        const float* dy = d.dy + p * PANEL * d.out + o;
        for (addr row = 0; row < d.panel_end(p) - p * PANEL; row++) {
            float* to = block + row * OUTS;
            memcpy(to, dy + row * d.out, width * sizeof(float));
            if (width < OUTS) memset(to + width, 0, (OUTS - width) * sizeof(float));
        }
        const addr* column = d.column + p * (d.in + 1);
        for (addr c = first; c < last; c++) {
            vf sum[VECTORS] = {};
            float part[OUTS], *dw = width == OUTS ? d.dw + c * d.out + o : part;
            const bool adds = d.accumulate || p > 0;
            if (adds) {
                if (width < OUTS) memcpy(part, d.dw + c * d.out + o, width * sizeof(float));
                for (int v = 0; v < VECTORS; v++) sum[v] = load(dw + v * W);
            }
            for (addr k = column[c]; k < column[c + 1]; k++) {
                const float* row = block + d.kept[k].row;
                const vf value = splat(d.kept[k].value);
                for (int v = 0; v < VECTORS; v++) sum[v] = multiply_add(value, load(row + v * W), sum[v]);
            }
            for (int v = 0; v < VECTORS; v++) store(dw + v * W, sum[v]);
            if (width < OUTS) memcpy(d.dw + c * d.out + o, part, width * sizeof(float));
        }
    }
}

// The largest number of values of a sample; nothing is computed if there is no room for them.
static addr razor_weight_gradient(addr batch, addr per_sample_size, addr room, int format, uint8_t* bitmap, uint8_t* values,
        float* ranges, const uint8_t* positive, const float* means, addr in, addr out, const float* dy, float* dw, bool accumulate) {
    const Razor r = {batch, per_sample_size, 0, room, format, false, bitmap, values, ranges};
    addr largest = 0;
    const addr rows = r.batch * (r.per_sample / in), per_sample = r.per_sample / in;
    Scratch scratch;
    Product d = {rows, in, out, dy, dw, accumulate || positive, positive, means, scratch.take<addr>(rows + 1), nullptr, nullptr};
    scratch.check();
    const bool many = rows * in > PARALLEL_FROM;
    #pragma omp parallel for schedule(static) if (many)
    for (addr row = 0; row < rows; row++) d.start[row + 1] = count_bits(r.bitmap, row * in, (row + 1) * in);
    d.start[0] = 0;
    for (addr s = 0; s < r.batch; s++) {
        for (addr row = s * per_sample; row < (s + 1) * per_sample; row++) d.start[row + 1] += d.start[row];
        addr count = d.start[(s + 1) * per_sample] - d.start[s * per_sample];
        largest = count > largest ? count : largest;
    }
    if (largest <= r.room) {
        if (positive) razor_sides_gradient({rows, in, out, per_sample, positive, means, dy, dw, accumulate, nullptr}, scratch);
        d.column = scratch.take<addr>(d.panels() * (in + 1));
        d.kept = scratch.take<Kept>(d.start[rows] + 1);
        const addr sorted = d.column && d.kept ? d.panels() : 0;
        #pragma omp parallel for schedule(dynamic) if (many)
        for (addr p = 0; p < sorted; p++) sort_panel(r, d, p, scratch);
        const addr blocks = scratch.lacks() ? 0 : (out + OUTS - 1) / OUTS, threads = omp_get_max_threads();
        const addr parts = !blocks || blocks >= 2 * threads || in < 64 ? 1 : (2 * threads + blocks - 1) / blocks;
        each_part(blocks, parts, in, many, PANEL * OUTS, scratch,
                [&](addr block, addr first, addr last, float* rows_of) { multiply(d, block * OUTS, first, last, rows_of); });
        free(d.kept);
        free(d.column);
    }
    free(d.start);
    scratch.check();
    return largest;
}

}  // namespace RL_NS
}  // namespace revlayers
#endif
