/**
 * Reversible chains written by hand in SameDiff graphs: {@link org.revlayers.graph.GraphChain} makes one op of sub-functions that are given as lambdas
 * or as parts of existing graphs ({@link org.revlayers.graph.SubFunction}). Graphs that exist are converted by {@code org.revlayers.Lean}.
 */
@NullMarked
package org.revlayers.graph;

import org.jspecify.annotations.NullMarked;
