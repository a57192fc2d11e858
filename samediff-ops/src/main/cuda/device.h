// What every device kernel stands on: how it is declared, and the words of CUDA C++ that are used. Compiled by nvcc these are CUDA's own; compiled as
// C++ they are the emulation's, so that the very same kernels run in tests where no device is.
//
// A kernel's parameters are pointers, long long, int, float or double: Java hands each over in a slot of eight bytes. Sums have a fixed order: no
// atomics on floating point. Products and sums are rounded one by one (-fmad=false; -ffp-contract=off): what is to be fused says so, by fmaf. A kernel that is
// launched with more than 256 threads says how many, for its registers must suffice for them.
#pragma once

#ifdef __CUDACC__
#define RL_KERNEL(name, ...) extern "C" __global__ void rl_##name(__VA_ARGS__)
// Of exactly so many threads a block; the compiler leaves registers for so many blocks at once.
#define RL_KERNEL_OF(threads, blocks, name, ...) extern "C" __global__ void __launch_bounds__(threads, blocks) rl_##name(__VA_ARGS__)
#define RL_KERNEL_UP_TO(threads, name, ...) extern "C" __global__ void __launch_bounds__(threads) rl_##name(__VA_ARGS__)
#define RL_DEVICE __device__ __forceinline__
#define RL_METHOD __device__ __forceinline__
#define RL_SHARED __shared__
#define RL_PRAGMA(words) _Pragma(#words)
#define RL_UNROLL(times) RL_PRAGMA(unroll times)  // the loop behind it
#else
#define RL_KERNEL_OF(threads, blocks, name, ...) RL_KERNEL_UP_TO(threads, name, __VA_ARGS__)
#define RL_UNROLL(times)
#include "emulation.h"
#endif

typedef long long addr;  // a size or a place, in elements
typedef unsigned long long word;
typedef unsigned char byte;

const int WARP = 32;
const unsigned ALL_LANES = 0xFFFFFFFFu;

// The element that a thread of a one-dimensional grid works on.
RL_DEVICE addr element() { return (addr) blockIdx.x * blockDim.x + threadIdx.x; }
// How many elements a thread of an elementwise kernel takes: so many loads are on their way at once.
const int EACH = 4;

// Sum and maximum over a warp, the same in every lane: halving, always in one order.
template <class T> RL_DEVICE T warp_sum(T v) {
    for (int half = WARP / 2; half > 0; half /= 2) v += __shfl_xor_sync(ALL_LANES, v, half);
    return v;
}
template <class T> RL_DEVICE T warp_max(T v) {
    for (int half = WARP / 2; half > 0; half /= 2) {
        T other = __shfl_xor_sync(ALL_LANES, v, half);
        v = other > v ? other : v;
    }
    return v;
}

// The lanes before this one.
RL_DEVICE unsigned lanes_before() { return (1u << threadIdx.x % WARP) - 1; }

// Sum over a block, the same in every thread. shared: one T per warp. Every thread of the block calls it; shared may be used again behind it.
template <class T> RL_DEVICE T block_sum(T v, T* shared) {
    v = warp_sum(v);
    if (threadIdx.x % WARP == 0) shared[threadIdx.x / WARP] = v;
    __syncthreads();
    T total = 0;
    for (int w = 0; w < (int) (blockDim.x + WARP - 1) / WARP; w++) total += shared[w];
    __syncthreads();
    return total;
}

// The maximum likewise.
template <class T> RL_DEVICE T block_max(T v, T* shared) {
    v = warp_max(v);
    if (threadIdx.x % WARP == 0) shared[threadIdx.x / WARP] = v;
    __syncthreads();
    T largest = shared[0];
    for (int w = 1; w < (int) (blockDim.x + WARP - 1) / WARP; w++) largest = shared[w] > largest ? shared[w] : largest;
    __syncthreads();
    return largest;
}

// Sum over the threads before this one, and over the whole block, as block_sum.
template <class T> RL_DEVICE T block_before(T v, T* shared, T* total) {
    int lane = threadIdx.x % WARP, warp = threadIdx.x / WARP;
    T up_to = v;
    for (int by = 1; by < WARP; by *= 2) {
        T other = __shfl_up_sync(ALL_LANES, up_to, by);
        if (lane >= by) up_to += other;
    }
    if (lane == WARP - 1) shared[warp] = up_to;
    __syncthreads();
    T before = up_to - v, sum = 0;
    for (int w = 0; w < (int) blockDim.x / WARP; w++) {
        if (w < warp) before += shared[w];
        sum += shared[w];
    }
    __syncthreads();
    *total = sum;
    return before;
}

// Zeros, for kernels that add to integers.
RL_KERNEL(clear, addr* to, addr n) {
    addr i = element();
    if (i < n) to[i] = 0;
}
