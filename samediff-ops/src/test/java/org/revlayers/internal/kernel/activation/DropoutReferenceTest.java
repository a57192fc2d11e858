package org.revlayers.internal.kernel.activation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.revlayers.internal.kernel.TestArrays.array;
import static org.revlayers.internal.kernel.TestArrays.assertSame;
import static org.revlayers.internal.kernel.TestArrays.bytes;
import static org.revlayers.internal.kernel.TestArrays.floats;
import static org.revlayers.internal.kernel.TestArrays.like;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Philox against the known answers that its authors publish with Random123, and dropout against its definition. */
class DropoutReferenceTest {

    private final ActivationKernels kernels = ActivationKernels.portable();

    @Test
    void philoxGivesTheKnownAnswers() {
        assertBlock(new int[4], 0, 0, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
        assertBlock(new int[] {-1, -1, -1, -1}, -1, -1, 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd);
        int[] pi = {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344};
        assertBlock(pi, 0xa4093822, 0x299f31d0, 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1);
    }

    private static void assertBlock(int[] counter, int key0, int key1, int... expected) {
        Philox.block(counter, key0, key1);
        assertArrayEquals(expected, counter);
    }

    @Test
    void elementTakesItsWordOfTheStream() {
        // Words of seed 0, counter 0: 0x66…, 0xe1…, 0xbc…, 0x9b…; p = 0.7 is the threshold 0xb333….
        INDArray x = array(DataType.FLOAT, 3, 3, 3, 3);
        INDArray y = like(x);
        INDArray mask = bytes(1);
        kernels.dropout(x, 0.7, 0, y, mask);
        assertEquals(0b0110, mask.getInt(0));
        assertSame(array(DataType.FLOAT, 0, 3 * (float) (1 / (1 - 0.7)), 3 * (float) (1 / (1 - 0.7)), 0), y, "dropout");
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.1, 0.5, 0.9})
    void keepsTheRateAndTheMean(double p) {
        int n = 200_003;
        INDArray y = like(Nd4j.ones(DataType.FLOAT, n));
        kernels.dropout(Nd4j.ones(DataType.FLOAT, n), p, 42, y, null);
        double kept = y.neq(0).castTo(DataType.INT64).sumNumber().doubleValue();
        double deviation = Math.sqrt(n * p * (1 - p));
        assertEquals(n * (1 - p), kept, 5 * deviation, "five standard deviations of a binomial count");
        assertEquals((float) (1 / (1 - p)), y.maxNumber().floatValue());
    }

    @Test
    void sameSeedReplaysTheMaskOnTheGradient() {
        INDArray x = floats(1, 1003);
        INDArray dy = floats(2, 1003);
        INDArray mask = bytes(126);
        INDArray y = like(x);
        INDArray replayed = like(x);
        INDArray fromMask = like(x);
        INDArray other = bytes(126);
        kernels.dropout(x, 0.25, -7L << 32, y, mask);
        kernels.dropout(dy, 0.25, -7L << 32, replayed, null);
        kernels.maskBackward(mask, 1 / 0.75, dy, fromMask);
        assertSame(fromMask, replayed, "gradient from the seed and from the mask");
        kernels.dropout(x, 0.25, -6L << 32, y, other);
        assertNotEquals(mask, other, "the upper half of the seed counts");
    }
}
