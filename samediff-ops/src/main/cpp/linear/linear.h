// The bias of a linear layer: the contracts are those of LinearKernels.
// Part of each instruction set: included by kernels.h and by headers that need it, in any order.
#ifndef RL_LINEAR_H
#define RL_LINEAR_H
#include "shared/rows.h"

namespace revlayers {
namespace RL_NS {

static void add_bias(float* x, const float* bias, addr rows, addr cols) {
    #pragma omp parallel for schedule(static) if (rows * cols > PARALLEL_FROM)
    for (addr r = 0; r < rows; r++)
        for (addr i = 0; i < cols; i++) x[r * cols + i] += bias[i];
}

static void column_sums(const float* x, float* out, addr rows, addr cols) {
    int chunks = row_chunks(rows);
    Scratch scratch;
    float* pieces = scratch.zeros<float>((addr) chunks * cols);
    scratch.check();
    #pragma omp parallel for schedule(static) if (rows * cols > PARALLEL_FROM)
    for (int c = 0; c < chunks; c++)
        for (addr r = rows * c / chunks; r < rows * (c + 1) / chunks; r++)
            for (addr i = 0; i < cols; i++) pieces[c * cols + i] += x[r * cols + i];
    add_pieces(pieces, chunks, cols, cols, out);
    free(pieces);
}

// Each thread has columns of its own, so that every sum is in the order of the rows.
static void scatter_add(const float* x, const int* at, float* table, addr rows, addr cols) {
    int parts = rows * cols > PARALLEL_FROM ? omp_get_max_threads() : 1;
    #pragma omp parallel for schedule(static) if (parts > 1)
    for (int p = 0; p < parts; p++)
        for (addr r = 0; r < rows; r++)
            for (addr i = cols * p / parts; i < cols * (p + 1) / parts; i++) table[at[r] * cols + i] += x[r * cols + i];
}

}  // namespace RL_NS
}  // namespace revlayers
#endif
