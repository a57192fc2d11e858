// Back Razor: thins an activation and stores it, and writes it back. Words are 32 elements of a row (of a sample, or of a matrix in it): `starts` tells
// where in the slot of its sample the numbers of a word begin.
#pragma once
#include "elements.h"
#include "razor_select.h"
#include "razor_values.h"

namespace razor {

// Where the elements of a block lie: the sample of the element i, and its place there.
struct Place {
    addr sample, at;
};
RL_DEVICE Place place(addr i, addr m) {
    const addr begin = (addr) blockIdx.x * EACH * blockDim.x, first = begin / m, at = i - first * m;
    const addr by = m < EACH * blockDim.x ? (unsigned) at / (unsigned) m : at >= m;
    return {first + by, at - by * m};
}

RL_KERNEL(razor_bitmap, const float* x, const Choice* choices, byte* bitmap, addr m, addr n) {
    const addr i = first_element();
    float v[EACH];
    bool keep[EACH] = {};
    get(v, x, i, n);
    for (int k = 0; k < EACH; k++) {
        if (i + k * WARP >= n) continue;
        const Place p = place(i + k * WARP, m);
        const addr key = magnitude(v[k]), threshold = choices[p.sample].threshold;
        keep[k] = key > threshold || (key == threshold && p.at <= choices[p.sample].last);
    }
    put_bits(bitmap, keep, i, n);
}

// How many of each word are kept: a thread for a word.
RL_KERNEL(razor_count, const byte* bitmap, unsigned* starts, addr cols, addr words, addr all) {
    addr w = element();
    if (w >= all) return;
    const addr row = w / words, from = (w - row * words) * WARP, end = from + WARP < cols ? from + WARP : cols;
    const addr begin = row * cols + from, beyond = row * cols + end;
    int count = 0;
    for (addr at = begin / 8; at * 8 < beyond; at++) {
        unsigned bits = bitmap[at];
        if (at * 8 < begin) bits &= 0xFFu << (begin - at * 8);
        if (at * 8 + 8 > beyond) bits &= 0xFFu >> (at * 8 + 8 - beyond);
        count += __popc(bits);
    }
    starts[w] = count;
}
// From these where each begins, and how many a sample has: a block for a sample.
RL_KERNEL(razor_starts, unsigned* starts, unsigned* totals, addr words, word* most) {
    RL_SHARED unsigned shared[WARP];
    unsigned* own = starts + blockIdx.x * words;
    unsigned seen = 0;
    for (addr tile = 0; tile < words; tile += EACH * blockDim.x) {
        const addr first = tile + threadIdx.x * EACH;
        unsigned count[EACH], sum = 0, total;
        for (int j = 0; j < EACH; j++) {
            count[j] = first + j < words ? own[first + j] : 0;
            sum += count[j];
        }
        unsigned at = seen + block_before(sum, shared, &total);
        for (int j = 0; j < EACH; j++) {
            if (first + j < words) own[first + j] = at;
            at += count[j];
        }
        seen += total;
    }
    if (threadIdx.x == 0) {
        totals[blockIdx.x] = seen;
        if (most) atomicMax(most, (word) seen);
    }
}

// EACH words of a warp, side by side.
struct Words {
    addr sample[EACH], at[EACH], place[EACH];  // of the lane's element: its sample, its place among all, that of its number in the slot
    bool inside[EACH], kept[EACH];
    RL_METHOD void find(const byte* bitmap, const unsigned* starts, addr batch, addr m) {
        const addr words = (m + WARP - 1) / WARP, first = element() / WARP * EACH;
        for (int j = 0; j < EACH; j++) {
            const addr w = first + j, s = w / words, column = (w - s * words) * WARP + threadIdx.x % WARP;
            sample[j] = s;
            at[j] = s * m + column;
            inside[j] = s < batch && column < m;
            kept[j] = inside[j] && get_bit(bitmap, at[j]);
            place[j] = s < batch ? starts[w] : 0;
        }
        for (int j = 0; j < EACH; j++) place[j] += __popc(__ballot_sync(ALL_LANES, kept[j]) & lanes_before());
    }
};

RL_KERNEL(razor_pack, const float* x, const byte* bitmap, const unsigned* starts, byte* values, word* beyond, int format, addr batch, addr m, addr room) {
    Words w;
    w.find(bitmap, starts, batch, m);
    float v[EACH];
    for (int j = 0; j < EACH; j++) v[j] = w.kept[j] ? x[w.at[j]] : 0.0f;
    for (int j = 0; j < EACH; j++) {
        if (w.kept[j]) put_number(values, format, w.sample[j] * room + w.place[j], v[j]);
        mark(beyond, format, v[j]);
    }
}
// Zeros behind the numbers of a slot: pieces of EACH places for each thread.
RL_KERNEL(razor_rest, const unsigned* totals, byte* values, int format, addr room, addr pieces) {
    const addr s = blockIdx.x / pieces, from = blockIdx.x % pieces * EACH * blockDim.x + threadIdx.x;
    for (int j = 0; j < EACH; j++) {
        addr i = from + j * blockDim.x;
        if (i >= totals[s] && i < room) put_number(values, format, s * room + i, 0.0f);
    }
}

RL_KERNEL(razor_unpack, const byte* bitmap, const unsigned* starts, const byte* values, const float* ranges, int format, addr batch, addr m, addr room,
        float* x) {
    Words w;
    w.find(bitmap, starts, batch, m);
    float v[EACH];
    for (int j = 0; j < EACH; j++) v[j] = w.kept[j] ? get_number(values, ranges, format, m, room, w.sample[j], w.place[j]) : 0.0f;
    for (int j = 0; j < EACH; j++) {
        if (w.inside[j]) x[w.at[j]] = v[j];
    }
}

// Without a bitmap: every element, one after the other.
RL_KERNEL(razor_pack_all, const float* x, byte* values, word* beyond, int format, addr n) {
    const addr i = first_element();
    float v[EACH];
    get(v, x, i, n);
    for (int k = 0; k < EACH; k++) {
        if (i + k * WARP >= n) continue;
        put_number(values, format, i + k * WARP, v[k]);
        mark(beyond, format, v[k]);
    }
}
RL_KERNEL(razor_unpack_all, const byte* values, const float* ranges, int format, float* x, addr m, addr n) {
    const addr i = first_element();
    float v[EACH] = {};
    for (int k = 0; k < EACH; k++) {
        if (i + k * WARP >= n) continue;
        const Place p = place(i + k * WARP, m);
        v[k] = get_number(values, ranges, format, m, m, p.sample, p.at);
    }
    put(x, v, i, n);
}

}  // namespace razor
