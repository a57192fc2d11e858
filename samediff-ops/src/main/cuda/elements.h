// Elementwise work: a warp takes EACH runs of WARP neighbours, so that every load is one of whole lines, EACH of them are in flight, and a warp's packed
// bits are whole bytes. A kernel reads all it needs before it writes: an output may be an input.
#pragma once
#include "device.h"

// The first element of this thread; the others follow WARP apart.
RL_DEVICE addr first_element() { return element() / WARP * (WARP * EACH) + threadIdx.x % WARP; }

// Those of this thread's elements that lie below n; the others are fill.
template <class T> RL_DEVICE void get(T (&v)[EACH], const T* p, addr i, addr n, T fill = 0) {
    for (int k = 0; k < EACH; k++) v[k] = i + k * WARP < n ? p[i + k * WARP] : fill;
}
template <class T> RL_DEVICE void put(T* p, const T (&v)[EACH], addr i, addr n) {
    for (int k = 0; k < EACH; k++) {
        if (i + k * WARP < n) p[i + k * WARP] = v[k];
    }
}

// Packs a bit for each element: element j in byte j / 8, bit j mod 8. Bits at n and behind must be unset.
RL_DEVICE void put_bits(byte* bits, const bool (&v)[EACH], addr i, addr n) {
    int lane = threadIdx.x % WARP;
    unsigned mine = 0;
    for (int k = 0; k < EACH; k++) {
        unsigned run = __ballot_sync(ALL_LANES, v[k]);
        if (lane / 4 == k) mine = run;
    }
    addr at = (i - lane) / 8 + lane;
    if (lane < EACH * WARP / 8 && at * 8 < n) bits[at] = (byte) (mine >> lane % 4 * 8);
}
RL_DEVICE bool get_bit(const byte* bits, addr j) { return bits[j / 8] >> j % 8 & 1; }

// Four bits, with a zero above each.
RL_DEVICE unsigned spread(unsigned bits) {
    bits = (bits | bits << 2) & 0x33;
    return (bits | bits << 1) & 0x55;
}
// Packs a code of two bits for each element: element j in byte j / 4, bits 2 (j mod 4) and the next. Codes at n and behind must be zero.
RL_DEVICE void put_codes(byte* codes, const unsigned (&v)[EACH], addr i, addr n) {
    int lane = threadIdx.x % WARP;
    unsigned low = 0, high = 0;
    for (int k = 0; k < EACH; k++) {
        unsigned run_low = __ballot_sync(ALL_LANES, v[k] & 1), run_high = __ballot_sync(ALL_LANES, v[k] >> 1);
        if (lane / 8 == k) {
            low = run_low;
            high = run_high;
        }
    }
    addr at = (i - lane) / 4 + lane;
    int shift = lane % 8 * 4;
    if (at * 4 < n) codes[at] = (byte) (spread(low >> shift & 15) | spread(high >> shift & 15) << 1);
}
RL_DEVICE unsigned get_code(const byte* codes, addr j) { return codes[j / 4] >> j % 4 * 2 & 3; }

// Which channel of [batch, channels, inner] this thread's elements belong to, one after the other.
struct Channel {
    addr channels, inner, channel, within;
    RL_METHOD Channel(addr i, addr channels, addr inner) : channels(channels), inner(inner) {
        addr plane = i / inner;
        channel = plane % channels;
        within = i - plane * inner;
    }
    RL_METHOD void next() {
        within += WARP;
        if (within < inner) return;
        addr planes = inner == 1 ? WARP : within / inner;
        within -= planes * inner;
        channel += planes;
        if (channel >= channels) channel %= channels;
    }
};
