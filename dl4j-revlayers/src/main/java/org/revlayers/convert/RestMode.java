package org.revlayers.convert;

/** What {@link Reversify} makes of the layers of a graph that do not become part of a chain: a stem, blocks that change the shape. */
public enum RestMode {
    /** They stay as they are: the network keeps every output. */
    STORE,
    /**
     * Runs of them become {@link org.revlayers.container.CheckpointSequence}s, one for every residual block: the network keeps one output per
     * sequence, backward runs their forward once more, gradients are the same.
     */
    CHECKPOINT
}
