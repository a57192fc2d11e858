package org.revlayers.internal.kernel.device;

import java.nio.ByteBuffer;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What runs the kernels of {@code src/main/cuda}: a CUDA device, or, in tests, an emulation. */
public interface Device {

    /** Queues a kernel behind all that was queued on the calling thread before; does not wait for it. */
    void run(Launch launch);

    /** Copies bytes of an array to a direct buffer, from its position to its limit, and waits for them. */
    void read(INDArray array, long from, ByteBuffer to);

    /** The other way; waits for what was queued on the calling thread, not for what others have queued. */
    void write(INDArray array, long from, ByteBuffer source);

    /** Queues a copy between arrays of one size and type: the measure of the device's bandwidth. */
    void copy(INDArray from, INDArray to);

    /** Queues a product of matrices. */
    void multiply(Product product);

    /** Bytes of the calling thread's device: those that are free, all, and those that were free before this process began, negative if nobody can tell. */
    long[] memory();

    /** Page-locked host memory, which copies from and to the device at full speed; throws if there is none. */
    Pointer pin(long bytes);

    /** Frees what {@link #pin} gave. */
    void unpin(Pointer memory);
}
