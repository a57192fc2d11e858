// Dropout from a seed: the contract is that of ActivationKernels.dropout. Philox-4x32-10 (Salmon et al., SC 2011).
#pragma once
#include "elements.h"

// The four words of a counter of 64 bits.
RL_DEVICE void philox(unsigned long long counter, unsigned long long seed, unsigned (&c)[4]) {
    unsigned k0 = (unsigned) seed, k1 = (unsigned) (seed >> 32);
    c[0] = (unsigned) counter;
    c[1] = (unsigned) (counter >> 32);
    c[2] = c[3] = 0;
    for (int round = 0; round < 10; round++) {
        unsigned a = 0xD2511F53u * c[0], a_high = __umulhi(0xD2511F53u, c[0]);
        unsigned b = 0xCD9E8D57u * c[2], b_high = __umulhi(0xCD9E8D57u, c[2]);
        c[0] = b_high ^ c[1] ^ k0;
        c[1] = b;
        c[2] = a_high ^ c[3] ^ k1;
        c[3] = a;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
}

// A lane makes the words of one counter: those of four neighbours, which other lanes read and write.
RL_KERNEL(dropout, const float* x, unsigned threshold, float scale, unsigned long long seed, float* y, byte* mask, addr n) {
    static_assert(EACH == 4, "a counter for each lane");
    int lane = threadIdx.x % WARP;
    addr i = first_element();
    float v[EACH];
    get(v, x, i, n);
    unsigned words[4], four = 0;
    philox((i - lane) / 4 + lane, seed, words);
    for (int w = 0; w < 4; w++) four |= (unsigned) (words[w] >= threshold) << w;
    bool kept[EACH];
    for (int k = 0; k < EACH; k++) {
        unsigned bits = __shfl_sync(ALL_LANES, four, (k * WARP + lane) / 4);
        kept[k] = (bits >> lane % 4 & 1) && i + k * WARP < n;
        v[k] = kept[k] ? v[k] * scale : 0.0f;
    }
    put(y, v, i, n);
    if (mask) put_bits(mask, kept, i, n);
}
