package org.revlayers.benchmarks;

import lombok.Getter;
import lombok.RequiredArgsConstructor;

/** What share of the copy bandwidth a kernel must reach, by the number of threads that both have. */
@Getter
@RequiredArgsConstructor
enum Target {
    /** Taking, reading and applying codes and masks. */
    CODES(0.50, 0),
    /** A smooth function, a norm or a row operation. */
    SMOOTH(0, 0.35),
    /** A smooth function that takes its code in the same pass: both. */
    SMOOTH_WITH_CODES(0.50, 0.35),
    /** A step of a reversible chain's streams. */
    STREAMS(0, 0.50),
    /** The threshold of a sample and what is above it: four times the time of a copy. */
    THIN(0, 0.25),
    /** The other way: twice the time of a copy. */
    THICKEN(0, 0.50),
    /** Bound by arithmetic, for information. */
    NONE(0, 0);

    private final double oneThread;
    private final double twoThreads;

    /** The share with so many threads, or 0 for no target. */
    double share(int threads) {
        return threads == 1 ? oneThread : threads == 2 ? twoThreads : 0;
    }
}
