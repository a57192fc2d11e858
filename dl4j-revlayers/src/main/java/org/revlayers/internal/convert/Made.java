package org.revlayers.internal.convert;

import org.deeplearning4j.nn.conf.graph.LayerVertex;

/**
 * Where a container that a conversion has made stands in a network.
 *
 * @param name   of the vertex that it is or is in
 * @param vertex of that
 * @param outer  what the names of its parameters begin with there
 * @param begins whether it is what the vertex's layer begins with
 */
record Made(String name, LayerVertex vertex, String outer, boolean begins) {}
