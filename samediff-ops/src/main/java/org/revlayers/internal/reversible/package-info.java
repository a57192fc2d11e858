/**
 * The algebra of reversible chains: the two streams, side bits and checksums, and what a step keeps.
 *
 * <pre>
 *   xᵢ = w·Fᵢ(xᵢ₋₁) + α·xᵢ₋₁ + yᵢ₋₁      yᵢ = β·xᵢ₋₁
 * </pre>
 *
 * <p>Arrays in, arrays out: neither DL4J's layers nor SameDiff's graphs are known here. Two hosts run it: {@code org.revlayers.chain.ReversibleChain}, a
 * DL4J layer, and {@code org.revlayers.internal.op.RevChain}, a SameDiff op.
 *
 * <p>What each host does itself, because the hosts differ in it:
 *
 * <ul>
 *   <li>The walk over the sub-blocks. The layer walks back in one call, on arrays of its arena, and hands states over; the op is stateless: it gets the
 *       states, side values and checksums as arrays and its backward is an op per sub-block, so that the graph is the walk.
 *   <li>F: the layer runs its layers forward and then backward, the op a graph that gives value and gradients at once.
 *   <li>Checksums: the layer proves the first state of a run, and looks for the layer that did it; the op proves every state, since each is an op's output.
 *   <li>How the ends are split and joined: the layer on arrays, a graph by ops of its own around the chain.
 *   <li>An error's growth: the layer adds up those of its sub-blocks, the op takes that of the worse kind for all of them.
 * </ul>
 */
package org.revlayers.internal.reversible;
