/**
 * Reversible chains in SameDiff graphs: {@link org.revlayers.graph.GraphChain} makes one op of sub-functions that are given as lambdas
 * ({@link org.revlayers.graph.SubFunction}) or as parts of existing graphs ({@link org.revlayers.graph.GraphPart});
 * {@link org.revlayers.graph.GraphReversify} finds them in an existing graph.
 *
 * <p>{@link org.revlayers.graph.GraphRazor} lets an existing graph keep thinned activations, as {@link org.revlayers.graph.RazorGraphOptions} says.
 */
package org.revlayers.graph;
