package org.revlayers.chain;

/** The numbers of a chain's two streams. */
public enum StreamType {
    /**
     * 32-bit integers times a power of two: the inverse is exact for every α and β, at the price of up to four side bits per element and
     * sub-block. For FLOAT networks, and their default.
     */
    EXACT,
    /**
     * 32-bit floating point: the inverse loses digits with every sub-block, so the state is kept again ("anchor") wherever the predicted error
     * would exceed the tolerance.
     */
    FLOAT,
    /** 64-bit floating point, anchored as FLOAT; the default of DOUBLE networks. */
    DOUBLE
}
