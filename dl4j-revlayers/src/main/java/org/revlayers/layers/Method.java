package org.revlayers.layers;

/** How a block keeps what its backward needs: the switch between plain and memory-efficient. */
public enum Method {
    /** Exact; dense activations; norms with gamma and beta. The reference to compare with. */
    PLAIN,
    /** Exact; as PLAIN, but the MLP's hidden activation is computed again instead of kept. */
    RECOMPUTE,
    /** Approx-BP and MS-BP: 2-bit codes for the activation's derivative (approximate), norms without gamma and beta that share their output. */
    APPROX
}
