// For checksums and for random places.
// Part of each instruction set: included by kernels.h and by headers that need it, in any order.
#ifndef RL_MIX_H
#define RL_MIX_H
#ifdef RL_WIDTH
#include "shared/simd.h"
#endif

namespace revlayers {
namespace RL_NS {

// The finaliser of SplitMix64 (Stafford's variant 13): a bijection, so that one changed word always changes the sum.
template <class U>
RL_INLINE U mixed(U z) {
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
}

}  // namespace RL_NS
}  // namespace revlayers
#endif
