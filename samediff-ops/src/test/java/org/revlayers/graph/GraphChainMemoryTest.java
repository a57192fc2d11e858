package org.revlayers.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.kernel.stream.StreamKernels;
import org.revlayers.reversible.ChainMode;
import org.revlayers.training.SameDiffTrainer;

/** The most that lives in a training step does not grow with the depth of a chain, but for side bits. */
class GraphChainMemoryTest {

    private static final int BATCH = 128;
    private static final int WIDTH = 64;
    private static final int HIDDEN = 128;
    private static final long ELEMENTS = (long) BATCH * WIDTH;

    /** Of the state in front of a sub-function. */
    private static final long CHECKSUM = Long.BYTES;

    private record Peak(long activations, long all, long kept, double millis) {}

    private static Peak peak(ChainMode mode, double alpha, double beta, int depth) {
        SameDiff sd = ChainNet.of(mode, alpha, beta)
                .with(ChainNet.Body.OURS)
                .deep(depth)
                .graph(WIDTH, HIDDEN);
        INDArray x = Nd4j.randn(DataType.FLOAT, BATCH, WIDTH);
        try (SameDiffTrainer trainer = new SameDiffTrainer(sd)) {
            for (int i = 0; i < 3; i++) {
                trainer.fit(new DataSet(x, null));
            }
            long start = System.nanoTime();
            for (int i = 0; i < 5; i++) {
                trainer.fit(new DataSet(x, null));
            }
            double millis = (System.nanoTime() - start) / 5e6;
            assertEquals(0, trainer.liveBytes());
            return new Peak(
                    trainer.peakBytes(), trainer.peakBytesWithParameterGradients(), trainer.keptBytes(), millis);
        }
    }

    @Test
    void fortyEightSubFunctionsNeedThePeakOfFourAndSideBits() {
        for (int b : new int[] {1, 4, 8}) {
            double alpha = b == 1 ? 1 : 1 - b / 8.0;
            Peak four = peak(ChainMode.REVERSE, alpha, b / 8.0, 4);
            Peak deep = peak(ChainMode.REVERSE, alpha, b / 8.0, 48);
            long side = 44 * (StreamKernels.sideBytes(ELEMENTS, b, 8) + CHECKSUM);
            assertEquals(four.activations() + side, deep.activations(), "β = " + b + "/8");
            assertEquals(four.kept() + side, deep.kept(), "β = " + b + "/8");
        }
    }

    /** Every sub-function's gradients are used and given back before the next one's are made. */
    @Test
    void parameterGradientsDoNotPileUpEither() {
        Peak four = peak(ChainMode.REVERSE, 0, 1, 4);
        Peak deep = peak(ChainMode.REVERSE, 0, 1, 48);
        assertEquals(four.all() + 44 * CHECKSUM, deep.all());
    }

    @Test
    void reverseIsBelowCheckpointIsBelowStore() {
        Peak reverse = peak(ChainMode.REVERSE, 1, 0.125, 24);
        Peak checkpoint = peak(ChainMode.CHECKPOINT, 1, 0.125, 24);
        Peak store = peak(ChainMode.STORE, 1, 0.125, 24);
        System.out.printf(
                "24 sub-functions, peak and step: REVERSE %d KiB %.1f ms, CHECKPOINT %d KiB %.1f ms, STORE %d KiB %.1f ms%n",
                reverse.activations() >> 10,
                reverse.millis(),
                checkpoint.activations() >> 10,
                checkpoint.millis(),
                store.activations() >> 10,
                store.millis());
        assertTrue(reverse.activations() < checkpoint.activations());
        assertTrue(checkpoint.activations() < store.activations());
        assertTrue(reverse.activations() < store.activations() / 5);
    }
}
