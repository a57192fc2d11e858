// Back Razor, the thresholds: the k-th smallest magnitude of every sample, by the bits of the numbers without their sign, which order alike: 11 bits
// from the highest, then 10 and 10 of those that share them. Integers only, so that the order in which threads count does not matter.
#pragma once
#include "device.h"

namespace razor {

const int BINS = 2048;

// Of each sample: the threshold, or so far the bits that it begins with; its rank among those that share them; how many they are; and the place of the
// last of them that is kept, -1: none.
struct Choice {
    addr threshold, rank, ties, last;
};

RL_DEVICE unsigned magnitude(float v) { return __float_as_int(v) & 0x7FFFFFFF; }

// Counts digits of x[from .. end). Zeros may be many: each thread counts them by itself.
RL_DEVICE void count_digits(const float* x, addr from, addr end, int shift, unsigned prefix, unsigned* bins) {
    unsigned zeros = 0;
    for (addr i = from + threadIdx.x; i < end; i += EACH * blockDim.x) {
        float v[EACH];
        for (int j = 0; j < EACH; j++) v[j] = i + j * blockDim.x < end ? x[i + j * blockDim.x] : 0.0f;
        for (int j = 0; j < EACH; j++) {
            unsigned key = magnitude(v[j]), digit = shift == 20 ? key >> 20 : key >> shift & 1023;
            if (i + j * blockDim.x >= end || (shift < 20 && key >> (shift + 10) != prefix)) continue;
            if (digit == 0) zeros++;
            else atomicAdd(bins + digit, 1u);
        }
    }
    zeros = warp_sum(zeros);
    if (threadIdx.x % WARP == 0) atomicAdd(bins, zeros);
}

// Takes the digit that holds the rank. Every thread of the block calls it.
RL_DEVICE void choose(const unsigned* bins, int shift, Choice* own) {
    RL_SHARED addr shared[WARP];
    const int each = BINS / blockDim.x, first = threadIdx.x * each;
    const addr rank = own->rank;
    addr here = 0, total;
    for (int i = 0; i < each; i++) here += bins[first + i];
    addr before = block_before(here, shared, &total);
    if (before < rank && rank <= before + here) {
        int digit = first;
        for (; rank > before + bins[digit]; digit++) before += bins[digit];
        own->threshold = shift == 20 ? digit : own->threshold << 10 | digit;
        own->rank = rank - before;
        own->ties = bins[digit];
    }
    __syncthreads();
}

// A block for a sample.
RL_KERNEL(razor_select, const float* x, Choice* choices, addr m, addr k) {
    RL_SHARED unsigned bins[BINS];
    RL_SHARED Choice own;
    const addr begin = blockIdx.x * m;
    if (threadIdx.x == 0) own = {0, k, 0, 0};
    for (int shift = 20; shift >= 0; shift -= 10) {
        for (int i = threadIdx.x; i < BINS; i += blockDim.x) bins[i] = 0;
        __syncthreads();
        count_digits(x, begin, begin + m, shift, (unsigned) own.threshold, bins);
        __syncthreads();
        choose(bins, shift, &own);
    }
    if (threadIdx.x == 0) choices[blockIdx.x] = own;
}

// Many blocks for a sample: they start, then count and choose a digit after the other.
RL_KERNEL(razor_start, unsigned* bins, Choice* choices, addr k) {
    for (int i = threadIdx.x; i < BINS; i += blockDim.x) bins[(addr) blockIdx.x * BINS + i] = 0;
    if (threadIdx.x == 0) choices[blockIdx.x] = {0, k, 0, 0};
}
RL_KERNEL(razor_count_digits, const float* x, const Choice* choices, unsigned* all, addr m, addr piece, addr pieces, int shift) {
    RL_SHARED unsigned bins[BINS];
    const addr s = blockIdx.x / pieces, from = blockIdx.x % pieces * piece, end = from + piece < m ? from + piece : m;
    for (int i = threadIdx.x; i < BINS; i += blockDim.x) bins[i] = 0;
    __syncthreads();
    count_digits(x + s * m, from, end, shift, (unsigned) choices[s].threshold, bins);
    __syncthreads();
    for (int i = threadIdx.x; i < BINS; i += blockDim.x) {
        if (bins[i]) atomicAdd(all + s * BINS + i, bins[i]);
    }
}
RL_KERNEL(razor_choose_digit, unsigned* all, Choice* choices, int shift) {
    unsigned* bins = all + (addr) blockIdx.x * BINS;
    choose(bins, shift, choices + blockIdx.x);
    for (int i = threadIdx.x; i < BINS; i += blockDim.x) bins[i] = 0;
}

// tau: of each sample, or null; most: the largest number of elements that reach it, or null.
RL_KERNEL(razor_thresholds, const Choice* choices, float* tau, addr batch, addr m, addr k, word* most) {
    addr s = element();
    if (s >= batch) return;
    if (tau) tau[s] = __int_as_float((int) choices[s].threshold);
    if (most) atomicMax(most, (word) (m - k + choices[s].rank));
}

// Which of those at the threshold are kept. A block for a sample, which looks for the last one only where some are kept and some are not.
RL_KERNEL(razor_last, const float* x, Choice* choices, addr m, addr k, addr room, int all) {
    RL_SHARED addr shared[WARP];
    const addr run = 16;
    Choice* own = choices + blockIdx.x;
    const addr ties = own->ties, more = m - k + own->rank - ties;
    const addr left = all ? ties : own->threshold == 0 ? 0 : room - more;
    if (left <= 0 || left >= ties) {
        if (threadIdx.x == 0) own->last = left <= 0 ? -1 : m;
        return;
    }
    const unsigned threshold = (unsigned) own->threshold;
    addr seen = 0;
    x += blockIdx.x * m;
    for (addr tile = 0; seen < left; tile += blockDim.x * run) {
        const addr from = tile + threadIdx.x * run;
        addr count = 0, total;
        for (addr i = from; i < from + run && i < m; i++) count += magnitude(x[i]) == threshold;
        addr before = seen + block_before(count, shared, &total);
        if (before < left && left <= before + count) {
            addr i = from;
            for (;; i++) {
                if (magnitude(x[i]) == threshold && ++before == left) break;
            }
            own->last = i;
        }
        seen += total;
    }
}

}  // namespace razor
