package org.revlayers.internal.kernel.device;

import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.annotation.Cast;
import org.bytedeco.javacpp.annotation.Platform;

/** The device kernels compiled as C++, and what runs them block by block. */
@Platform(include = "emulated.h", library = "jniemulated")
public final class EmulatedLibrary {

    static {
        Loader.load();
    }

    private EmulatedLibrary() {}

    public static native void rl_emulate(
            String kernel, long blocksX, long blocksY, int threads, @Cast("const long long*") long[] slots, int count)
            throws IllegalStateException;
}
