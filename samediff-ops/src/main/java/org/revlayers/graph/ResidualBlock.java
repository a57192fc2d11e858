package org.revlayers.graph;

import java.util.Set;

/**
 * {@code value = input + F(input)} in a graph.
 *
 * @param input  x
 * @param branch F(x)
 * @param value  x + F(x)
 * @param add    name of the addition
 * @param ops    names of F's ops
 */
record ResidualBlock(String input, String branch, String value, String add, Set<String> ops) {

    /** Whether the op is one of F's or the addition. */
    boolean has(String op) {
        return ops.contains(op) || add.equals(op);
    }
}
