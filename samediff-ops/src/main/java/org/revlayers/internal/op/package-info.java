/**
 * SameDiff ops that keep little for their backward pass: the way in ({@link org.revlayers.op.RevOps}) and the list for ND4J. The ops are in a package for
 * each method. Thin: each says its shapes, what it keeps and its gradient, and calls a {@linkplain org.revlayers.internal.kernel kernel}.
 *
 * <p>How the saving comes about: SameDiff frees an array when the last op that reads it has run. A stock activation's backward op reads
 * the activation's input, so that input lives from forward to backward. An op here has a second, small output (codes, a mask, one number
 * per row), and its backward op reads only that.
 *
 * <table>
 *   <caption>Ops, and the bytes per fp32 element that each adds to what is kept</caption>
 *   <tr><th>op</th><th>keeps</th><th>bytes</th><th>gradient</th></tr>
 *   <tr><td>{@code regelu2}, {@code resilu2}</td><td>2-bit codes</td><td>0.25</td><td>approximate</td></tr>
 *   <tr><td>{@code rev_gelu}, {@code rev_silu}</td><td>the input</td><td>4</td><td>exact</td></tr>
 *   <tr><td>{@code ms_layer_norm}, {@code ms_rms_norm}</td><td>the output, which the next linear layer keeps anyway, and 1/σ per row</td>
 *     <td>4/cols</td><td>exact</td></tr>
 *   <tr><td>{@code relu1bit}</td><td>1-bit mask</td><td>0.125</td><td>exact</td></tr>
 *   <tr><td>{@code rev_add}</td><td>nothing</td><td>0</td><td>exact</td></tr>
 *   <tr><td>{@code dropout_replay}</td><td>nothing</td><td>0</td><td>exact</td></tr>
 *   <tr><td>{@code reversible_chain}</td><td>two numbers and a few side bits, whatever its depth</td><td>8 and up to 3/8 per function</td>
 *     <td>exact</td></tr>
 *   <tr><td>{@code mem_attention}</td><td>q, k, v, the output and one number per query</td><td>never tokens × tokens</td><td>exact</td></tr>
 *   <tr><td>{@code razor_linear}, {@code razor_conv2d}</td><td>the input thinned: a bitmap and the largest values of each sample</td>
 *     <td>1/8 + (1 − prune)·v</td><td>approximate in the weight, else exact</td></tr>
 *   <tr><td>{@code razor_matmul}</td><td>each factor that is an activation thinned</td><td>the same</td><td>approximate</td></tr>
 *   <tr><td>{@code razor_softmax}</td><td>the output thinned; {@code razor_matmul} of it reads that copy</td><td>the same</td>
 *     <td>approximate</td></tr>
 *   <tr><td>{@code razor_layer_norm}</td><td>the input thinned; mean and 1/σ per row</td><td>the same and 8/cols</td><td>approximate but in the
 *     bias</td></tr>
 * </table>
 *
 * <p>v: 4, 2 or 1 byte per kept value, as {@link org.revlayers.keep.RazorValues} says. Razor ops that read one activation share one copy.
 *
 * <p>{@link org.revlayers.op.RevOps} is the way in; {@code org.revlayers.internal.graph.RazorRewrite} puts razor ops in the place of stock ones;
 * {@code org.revlayers.graph.GraphChain} for chains, whose classes begin with {@code Chain} and {@link org.revlayers.internal.op.RevChain}: settings,
 * how outputs hold what a step keeps, and the run on arrays; the algebra is in {@link org.revlayers.reversible}.
 */
package org.revlayers.internal.op;
