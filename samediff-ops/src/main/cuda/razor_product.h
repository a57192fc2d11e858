// Back Razor: dw (+)= xT dy from the stored form of x. A block makes COLUMNS rows of dw by OUTS columns and takes the rows of x in panels of a warp's
// width: of each it unpacks its columns of x, and for every column a warp goes through the rows that have a number there, in their order. What is not
// kept costs nothing. Where dw has few tiles, parts of the rows go to parts of `to`, which a second kernel adds in order.
#pragma once
#include "razor_store.h"

namespace razor {

const int PRODUCT_WARPS = 8, WORDS = 2, COLUMNS = WORDS * WARP, OWN = COLUMNS / PRODUCT_WARPS, LANE_OUTS = 4, OUTS = LANE_OUTS * WARP;

// x: [rows, in], of which a sample has `height` rows; dy: [rows, out]; to: [parts, in, out], parts along the second axis of the grid.
RL_KERNEL(razor_product, const byte* bitmap, const unsigned* starts, const byte* values, const float* ranges, int format, addr room, addr height,
        addr rows, addr in, addr out, addr part, const float* dy, float* to, int accumulate) {
    RL_SHARED float x[WARP][COLUMNS], panel[WARP][OUTS];
    RL_SHARED unsigned kept[WARP][WORDS];  // of a row
    const int lane = threadIdx.x % WARP, warp = threadIdx.x / WARP;
    const addr tiles = (out + OUTS - 1) / OUTS, words = (in + WARP - 1) / WARP;
    const addr column = blockIdx.x / tiles * COLUMNS, o = blockIdx.x % tiles * OUTS;
    const addr begin = blockIdx.y * part, end = begin + part < rows ? begin + part : rows;
    to += blockIdx.y * in * out;
    float sum[OWN][LANE_OUTS];
    for (int c = 0; c < OWN; c++) {
        for (int l = 0; l < LANE_OUTS; l++) {
            addr dw_row = column + warp * OWN + c, dw_column = o + l * WARP + lane;
            sum[c][l] = accumulate && dw_row < in && dw_column < out ? to[dw_row * out + dw_column] : 0.0f;
        }
    }
    for (addr first = begin; first < end; first += WARP) {
        for (int i = warp; i < WARP * WORDS; i += PRODUCT_WARPS) {
            const int r = i / WORDS, w = i % WORDS;
            const addr row = first + r, c = column + w * WARP + lane;
            const bool inside = row < end && c < in, is = inside && get_bit(bitmap, row * in + c);
            const unsigned bits = __ballot_sync(ALL_LANES, is);
            if (is) {
                const addr place = starts[row * words + column / WARP + w] + __popc(bits & lanes_before());
                x[r][w * WARP + lane] = get_number(values, ranges, format, height * in, room, (unsigned) row / (unsigned) height, place);
            }
            if (lane == 0) kept[r][w] = bits;
        }
        for (int r = warp; r < WARP; r += PRODUCT_WARPS) {
            for (int l = 0; l < LANE_OUTS; l++) {
                const addr c = o + l * WARP + lane;
                panel[r][l * WARP + lane] = first + r < end && c < out ? dy[(first + r) * out + c] : 0.0f;
            }
        }
        __syncthreads();
        const unsigned mine = kept[lane][warp * OWN / WARP];
        for (int c = 0; c < OWN; c++) {
            const int own = warp * OWN + c;
            unsigned left = __ballot_sync(ALL_LANES, mine >> own % WARP & 1);
            for (; left; left &= left - 1) {
                const int r = __ffs(left) - 1;
                const float v = x[r][own];
                for (int l = 0; l < LANE_OUTS; l++) sum[c][l] = fmaf(v, panel[r][l * WARP + lane], sum[c][l]);
            }
        }
        __syncthreads();
    }
    for (int c = 0; c < OWN; c++) {
        for (int l = 0; l < LANE_OUTS; l++) {
            addr dw_row = column + warp * OWN + c, dw_column = o + l * WARP + lane;
            if (dw_row < in && dw_column < out) to[dw_row * out + dw_column] = sum[c][l];
        }
    }
}

RL_KERNEL(razor_add_parts, const float* parts, float* dw, addr n, addr count, int accumulate) {
    addr i = element();
    if (i >= n) return;
    float sum = accumulate ? dw[i] : 0.0f;
    for (addr p = 0; p < count; p++) sum += parts[p * n + i];
    dw[i] = sum;
}

}  // namespace razor
