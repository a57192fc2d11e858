package org.revlayers.internal.graph;

import java.util.List;

/**
 * An op that {@link RazorRewrite} swaps.
 *
 * @param kind    of op
 * @param op      its name
 * @param thinned variables of which the backward reads a thinned copy
 */
record RazorSwap(RazorKind kind, String op, List<String> thinned) {}
