package org.revlayers.benchmarks;

import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.kernel.KernelChoice;
import org.revlayers.internal.kernel.NativeRuntime;

/** Gives the calling thread's kernels and the stock ops the same number of threads. */
final class Threads {

    private Threads() {}

    static void set(int threads) {
        if (KernelChoice.isNative()) {
            NativeRuntime.setThreads(threads);
        }
        Nd4j.getEnvironment().setMaxThreads(threads);
        Nd4j.getEnvironment().setMaxMasterThreads(threads);
    }
}
