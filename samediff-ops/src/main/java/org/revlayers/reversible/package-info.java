/**
 * The algebra of reversible chains: coefficients and their course over a training, the two streams, side bits and checksums, and what a step keeps.
 *
 * <pre>
 *   xᵢ = w·Fᵢ(xᵢ₋₁) + α·xᵢ₋₁ + yᵢ₋₁      yᵢ = β·xᵢ₋₁
 * </pre>
 *
 * <p>Arrays in, arrays out: neither DL4J's layers nor SameDiff's graphs are known here. Two hosts run it: {@code org.revlayers.chain.ReversibleChain}, a
 * DL4J layer, and {@code org.revlayers.op.RevChain}, a SameDiff op.
 */
package org.revlayers.reversible;
