package org.revlayers.memory;

/**
 * An array that a training step holds.
 *
 * @param op       the kind of op that made it, such as {@code regelu2}: its category
 * @param variable the graph variable that it is the value of
 * @param bytes    of its elements
 * @since 0.1.0
 */
public record KeptTensor(String op, String variable, long bytes) {}
