package org.revlayers.internal.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Largest differences and values, where some are no numbers. */
class DifferencesTest {

    /** ND4J's amax passes over every NaN but the first element. */
    @Test
    void noNumberIsPassedOver() {
        INDArray finite = Nd4j.createFromArray(1f, 2f, -3f);
        INDArray broken = Nd4j.createFromArray(1f, Float.NaN, 3f);
        assertEquals(Double.NaN, Differences.largest(finite, broken));
        assertEquals(0, Differences.largest(broken, broken.dup()));
        assertEquals(Double.NaN, Differences.largest(broken));
        assertEquals(3, Differences.largest(finite));
        assertEquals(6, Differences.largest(finite, finite.neg()));
    }
}
