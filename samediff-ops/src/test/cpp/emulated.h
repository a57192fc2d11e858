// The device kernels as a library for tests: see emulation.h.
#pragma once
#include "kernels.cu"
#include "wrong.h"

static inline void rl_emulate(const char* kernel, long long blocks_x, long long blocks_y, int threads, const long long* slots, int count) {
    emulation::launch(kernel, blocks_x, blocks_y, threads, slots, count);
}
