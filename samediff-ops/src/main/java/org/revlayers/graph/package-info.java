/**
 * Reversible chains in SameDiff graphs: {@link org.revlayers.graph.GraphChain} makes one op of sub-functions that are given as lambdas
 * ({@link org.revlayers.graph.SubFunction}) or as parts of existing graphs ({@link org.revlayers.graph.GraphPart});
 * {@link org.revlayers.graph.GraphReversify} finds them in an existing graph.
 */
package org.revlayers.graph;
