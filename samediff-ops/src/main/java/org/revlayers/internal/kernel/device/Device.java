package org.revlayers.internal.kernel.device;

/** What runs the kernels of {@code src/main/cuda}: a CUDA device, or, in tests, an emulation. */
public interface Device {

    /** Queues a kernel behind all that was queued on the calling thread before; does not wait for it. */
    void run(Launch launch);
}
