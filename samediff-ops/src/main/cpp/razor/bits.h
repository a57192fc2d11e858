// Back Razor, the bitmaps: one bit per element over the whole batch, so that two samples may share a byte.
// Part of each instruction set: included by kernels.h and by headers that need it, in any order.
#ifndef RL_BITS_H
#define RL_BITS_H
#include "razor/layout.h"
#include "shared/simd.h"

namespace revlayers {
namespace RL_NS {

// Calls vector(first element, how many, the bits of kept) for n elements; two vectors take a whole byte also where W is 4.
template <class Vector>
static inline void each_vector(const uint8_t* kept, addr n, Vector vector) {
    for (addr i = 0; i < n; i += 2 * W) {
        uint32_t both = 0;
        memcpy(&both, kept + i / 8, W / 4);
        for (int part = 0; part < 2 && i + part * W < n; part++) {
            addr at = i + part * W;
            vector(at, n - at < W ? n - at : W, both >> part * W & (uint32_t) ((1ull << W) - 1));
        }
    }
}

// Calls block(first element, how many, how many bits of its first byte belong to others) for stretches that begin on a byte, but for the first.
template <class Block>
static inline void each_block(addr begin, addr end, Block block) {
    for (addr i = begin; i < end;) {
        addr skip = i % 8, n = skip ? 8 - skip : BLOCK;
        if (n > end - i) n = end - i;
        block(i, n, (int) skip);
        i += n;
    }
}

// The bits of n <= BLOCK elements from i on, of which the first has bit `skip` of its byte.
static inline void bits_of(const uint8_t* bitmap, addr i, addr n, int skip, uint8_t* bits) {
    memcpy(bits, bitmap + i / 8, (n + 7) / 8);
    bits[0] = (uint8_t) (bits[0] >> skip);
    if (n % 8) bits[n / 8] &= (uint8_t) ((1 << n % 8) - 1);
}

// The other way, into a bitmap whose shared bytes were cleared.
static inline void put_bits(uint8_t* bitmap, addr i, addr n, int skip, const uint8_t* bits) {
    uint8_t* to = bitmap + i / 8;
    addr whole = skip ? 0 : n / 8;
    memcpy(to, bits, whole);
    if (n > whole * 8) {  // a byte that a neighbour writes too
        #pragma omp atomic
        to[whole] |= (uint8_t) (bits[whole] << skip);
    }
}

// Clears the bytes that two samples share.
static inline void clear_shared(const Razor& r, uint8_t* bitmap) {
    for (addr s = 0; s <= r.batch; s++) {
        if (s * r.per_sample % 8) bitmap[s * r.per_sample / 8] = 0;
    }
}

static inline addr count_bits(const uint8_t* bitmap, addr begin, addr end) {
    addr count = 0;
    each_block(begin, end, [&](addr i, addr n, int skip) {
        addr j = 0;
        for (; j + 64 <= n; j += 64) {
            uint64_t word;
            memcpy(&word, bitmap + (i + j) / 8, sizeof word);
            count += __builtin_popcountll(word);
        }
        for (; j < n; j += 8) {
            uint32_t byte = bitmap[(i + j) / 8] >> skip;
            count += __builtin_popcount(n - j < 8 ? byte & ((1u << (n - j)) - 1) : byte);
        }
    });
    return count;
}

}  // namespace RL_NS
}  // namespace revlayers
#endif
