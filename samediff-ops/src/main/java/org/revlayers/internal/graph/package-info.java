/**
 * Rewriting of SameDiff graphs: {@link org.revlayers.internal.graph.ChainRewrite} makes chains of residual blocks,
 * {@link org.revlayers.internal.graph.RazorRewrite} thinned ops of stock ones, {@link org.revlayers.internal.graph.GraphRestore} stock ops of both.
 */
package org.revlayers.internal.graph;
