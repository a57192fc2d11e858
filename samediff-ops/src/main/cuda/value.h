// One number where the processor's kernels have a vector of them: the words in which the sources that both share are written (cpp/shared/exp.h,
// cpp/activation/curves.h).
#pragma once
#include "device.h"

#define RL_NS device
#define RL_INLINE RL_DEVICE

namespace revlayers {
namespace RL_NS {

typedef float vf;
typedef int vi;

RL_INLINE vf splat(float v) { return v; }
RL_INLINE vi bits_of(vf v) { return __float_as_int(v); }
RL_INLINE vf number_of(vi bits) { return __int_as_float(bits); }

// v, but not above (below) the limit; NaN stays.
RL_INLINE vf at_most(vf v, float limit) { return v > limit ? limit : v; }
RL_INLINE vf at_least(vf v, float limit) { return v < limit ? limit : v; }

}  // namespace RL_NS
}  // namespace revlayers

using namespace revlayers::RL_NS;
