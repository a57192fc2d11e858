package org.revlayers.examples.bench;

/** One network with its data, ready to be trained step by step. */
interface Contestant {

    /**
     * What a step needs, in bytes.
     *
     * @param kept for backward when the forward pass has ended
     * @param peak of live arrays in the step, beyond {@link #restBytes()}
     */
    record Memory(long kept, long peak) {}

    /** One training step. */
    void step();

    /** Measured; may run a step of its own, so ask for the process's peak first. */
    Memory memory();

    /** Weights, their gradients and updater state. */
    long restBytes();
}
