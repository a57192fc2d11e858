package org.revlayers.internal.disk;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import lombok.RequiredArgsConstructor;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.memory.Arena;

/** An array whose bytes are on their way to a {@link Disk}, there, or on their way back. */
@RequiredArgsConstructor
public final class Stored {

    final DataType type;
    final long[] shape;

    /** Where the array goes when it comes back. */
    final Arena arena;

    final long unit;
    final long at;
    final long bytes;

    /** Nobody wants it any more: what is not written yet need not be. */
    volatile boolean dropped;

    volatile IOException failure;

    /** Where it is read to, once that was asked for. */
    INDArray back;

    final CountDownLatch read = new CountDownLatch(1);

    /** Bytes in the file. */
    long whole() {
        return BlockFile.whole(bytes);
    }

    /** Waits until the reading that was asked for has ended, well or not. */
    void await() {
        boolean interrupted = false;
        while (true) {
            try {
                read.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
