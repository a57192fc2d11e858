// From Java's call to a kernel of the instruction set that was chosen. A kernel's signature stands at the kernel alone: arguments come as Java has
// them, arrays as addresses, and become what the kernel's parameters are. Included by revlayers.h, behind the kernels.
#pragma once
#include "shared/machine.h"
#include <type_traits>

namespace revlayers {

template <class To, class From> inline To as(From value) {
    if constexpr (std::is_pointer_v<To> && std::is_integral_v<From>) return reinterpret_cast<To>(value);
    else return static_cast<To>(value);
}

template <class R, class... P, class... A> inline R call(R (*kernel)(P...), A... arguments) {
    static_assert(sizeof...(P) == sizeof...(A), "NativeLibrary and the kernel differ in the number of arguments");
    return kernel(as<P>(arguments)...);
}

}  // namespace revlayers

// Defines rl_name, which NativeLibrary declares.
#if defined(__x86_64__)
#define RL_KERNEL(name)                                                                        \
    template <class... A> static inline auto rl_##name(A... a) {                               \
        switch (revlayers::chosen_isa()) {                                                     \
            case revlayers::AVX512: return revlayers::call(revlayers::avx512::name, a...);     \
            case revlayers::AVX2: return revlayers::call(revlayers::avx2::name, a...);         \
            default: return revlayers::call(revlayers::base::name, a...);                      \
        }                                                                                      \
    }
#else
#define RL_KERNEL(name) \
    template <class... A> static inline auto rl_##name(A... a) { return revlayers::call(revlayers::base::name, a...); }
#endif
