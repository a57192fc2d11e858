package org.revlayers.internal.kernel.device;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The emulation tells of kernels that are wrong: those of {@code src/test/cpp/wrong.h}. */
class EmulationTest {

    private static final int THREADS = 64;
    private static final int BLOCKS = 2;

    private final INDArray out = Nd4j.zeros(DataType.INT64, BLOCKS * THREADS);

    @BeforeEach
    void isThere() {
        assumeTrue(EmulatedDevice.DEVICE != null && Devices.current() == null, "no emulated device");
    }

    private void run(String kernel, int threads) {
        Launch.of(kernel).out(out).blocks(EmulatedDevice.DEVICE, BLOCKS, threads);
    }

    private void fails(String kernel, int threads, String said) {
        String message = assertThrows(IllegalStateException.class, () -> run(kernel, threads))
                .getMessage();
        assertTrue(message.contains(said), message);
    }

    @Test
    void aBarrierThatNotAllReach() {
        fails("wrong_barrier", THREADS, "at different places");
    }

    @Test
    void aWarpThatWaitsForALaneWhichHasReturned() {
        fails("wrong_return", THREADS, "has returned");
    }

    @Test
    void moreThreadsThanTheKernelHasRegistersFor() {
        fails("wrong_race_before", 512, "no device takes");
    }

    @ParameterizedTest
    @CsvSource({"wrong_race_behind, 1", "wrong_race_before, 63"})
    void aReadThatDoesNotWaitForTheWriteIsWrongSomewhere(String kernel, int neighbour) {
        run(kernel, THREADS);
        int wrong = 0;
        for (int i = 0; i < out.length(); i++) {
            int block = i / THREADS;
            wrong += out.getLong(i) == (long) block * THREADS + (i + neighbour) % THREADS ? 0 : 1;
        }
        assertTrue(wrong > 0, kernel);
    }
}
