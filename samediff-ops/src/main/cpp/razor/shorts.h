// fp16 and bf16, over vf as in shared/exp.h: of the bits of a lane the low half counts. Integer steps and exact sums, so that all give the same bits.
// Part of each instruction set: included by kernels.h and by headers that need it, in any order.
#ifndef RL_SHORTS_H
#define RL_SHORTS_H
#ifdef RL_WIDTH
#include "shared/simd.h"
#endif

namespace revlayers {
namespace RL_NS {

const int INFINITE = 0x7F800000, NOT_A_NUMBER = 0x7FC00000;

// To nearest, ties to even; finite numbers stay finite; any NaN becomes the quiet one of its sign.
RL_INLINE vi half_of(vf v) {
    const int largest = 0x477FE000, normal = 0x38800000;  // 65,504 and 2^-14
    vi bits = bits_of(v), size = bits & 0x7FFFFFFF, sign = bits >> 16 & 0x8000;
    vi finite = size < INFINITE ? (size > largest ? vi{} + largest : size) : (size > INFINITE ? vi{} + NOT_A_NUMBER : size);
    vi fine = bits_of(number_of(finite) + 0.5f) - 0x3F000000;  // below 2^-14: the sum has halves' last bit
    vi coarse = (finite + 0xFFF + (finite >> 13 & 1) - (112 << 23)) >> 13;
    vi special = (finite >> 13 & 0x3FF) | 0x7C00;
    return sign | (finite < normal ? fine : finite < INFINITE ? coarse : special);
}
RL_INLINE vf of_half(vi bits) {
    vi size = bits & 0x7FFF, sign = (bits & 0x8000) << 16;
    vi fine = bits_of(number_of(size + 0x3F000000) - 0.5f);
    vi coarse = (size << 13) + (112 << 23);
    vi special = (size << 13) | INFINITE;
    return number_of(sign | (size < 0x400 ? fine : size < 0x7C00 ? coarse : special));
}

// The upper half, to nearest, ties to even.
RL_INLINE vi brain_of(vf v) {
    vi bits = bits_of(v), size = bits & 0x7FFFFFFF, number = size > INFINITE ? vi{} : bits;
    return size > INFINITE ? bits >> 16 | 0x40 : (number + 0x7FFF + (number >> 16 & 1)) >> 16;
}
RL_INLINE vf of_brain(vi bits) { return number_of(bits << 16); }

}  // namespace RL_NS
}  // namespace revlayers
#endif
