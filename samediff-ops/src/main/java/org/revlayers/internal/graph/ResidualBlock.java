package org.revlayers.internal.graph;

import java.util.Set;

/**
 * {@code value = input + F(input)} in a graph, where {@code input = r(state)}.
 *
 * @param input  x of the addition
 * @param branch F(x)
 * @param value  x + F(x)
 * @param add    name of the addition
 * @param ops    names of F's ops
 * @param state  value of the block before, or the input itself: then r is the identity
 * @param entry  names of r's ops; none for the identity
 */
record ResidualBlock(
        String input, String branch, String value, String add, Set<String> ops, String state, Set<String> entry) {

    /** One whose r is the identity. */
    ResidualBlock(String input, String branch, String value, String add, Set<String> ops) {
        this(input, branch, value, add, ops, input, Set.of());
    }

    /** The same behind r. */
    ResidualBlock behind(String state, Set<String> entry) {
        return new ResidualBlock(input, branch, value, add, ops, state, entry);
    }

    /** Whether the op is one of F's or the addition. */
    boolean has(String op) {
        return ops.contains(op) || add.equals(op);
    }
}
