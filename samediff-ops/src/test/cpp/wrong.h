// Kernels that are wrong, each in another way: what the emulation must tell.
#pragma once
#include "device.h"

RL_KERNEL(wrong_barrier, addr* out) {
    if (threadIdx.x == 0) __syncwarp();
    else __syncthreads();
    out[threadIdx.x] = 1;
}
RL_KERNEL(wrong_return, addr* out) {
    if (threadIdx.x == 5) return;
    out[threadIdx.x] = warp_sum((addr) 1);
}
// Reads what a neighbour writes without waiting for it.
RL_DEVICE void race(addr* out, int neighbour) {
    RL_SHARED addr shared[2 * WARP];
    shared[threadIdx.x] = element();
    out[element()] = shared[(threadIdx.x + neighbour) % (2 * WARP)];
}
RL_KERNEL(wrong_race_behind, addr* out) { race(out, 1); }
RL_KERNEL(wrong_race_before, addr* out) { race(out, 2 * WARP - 1); }
