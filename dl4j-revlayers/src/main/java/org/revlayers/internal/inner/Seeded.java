package org.revlayers.internal.inner;

import org.nd4j.linalg.api.rng.Random;
import org.nd4j.linalg.factory.Nd4j;

/**
 * For as long as it is open, ND4J's generator (of the calling thread) runs from a seed of ours; then it goes on where it was. So the code in
 * between draws the same numbers whenever it runs with the same seed, and nobody else's numbers depend on how often it runs.
 */
final class Seeded implements AutoCloseable {

    private final Random random = Nd4j.getRandom();
    private final long seed = random.getSeed();
    private final long root = random.rootState();
    private final long node = random.nodeState();

    Seeded(long seed) {
        random.setSeed(seed == 0 ? 1 : seed); // zero stands for the time of day
    }

    @Override
    public void close() {
        random.setSeed(seed);
        random.setStates(root, node);
    }
}
