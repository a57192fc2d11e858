/**
 * The maths of every memory-efficient layer: arrays in, arrays out. This package has what all kernels share; each family has a package of its
 * own, with one interface, one dispatcher that checks the arguments and picks by type, and three implementations that do neither: native C++,
 * portable Java, and launches of a device's kernels. They give the same codes bit for bit and the same values within a few units in the last place.
 *
 * <p>Rules that hold for every kernel of every family:
 *
 * <ul>
 *   <li>arrays are C-contiguous (any offset); {@code rows} is the product of all axes but the last, {@code cols} the last;
 *   <li>values are FLOAT, DOUBLE or HALF, all of one type; HALF is computed in fp32 and rounded once, its statistics (mean, rstd, lse) are
 *       FLOAT; codes and masks are UINT8;
 *   <li>an output may be the very array of an input of the same shape (in place) unless a method says otherwise;
 *   <li>outputs are overwritten, never added to;
 *   <li>arguments that may be null are marked so;
 *   <li>the result does not depend on the number of threads: every sum has a fixed order.
 * </ul>
 *
 * <p>A long list of arguments is a record ({@code NormBackward}), which stands for the signature everywhere: its {@code check()} is the one
 * argument check. Java twins compute in double and round once when they store; what decides a code, x + bias against a knot, is computed in
 * fp32 for FLOAT and HALF. They read the arrays' memory, so that arrays must live in host memory, and take ten times as long or more. Native
 * twins are C++ with OpenMP for SSE2, AVX2 and AVX-512, picked at run time; FLOAT only.
 *
 * <p>A kernel is added in four steps: its method in the family's interface (and a record, if it takes more than five arguments), its check and
 * its dispatch beside the others, the twins, and their sources: C++ with its line in {@code NativeLibrary}, CUDA with its line in {@code kernels.cu}.
 */
package org.revlayers.internal.kernel;
