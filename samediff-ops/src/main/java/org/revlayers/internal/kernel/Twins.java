package org.revlayers.internal.kernel;

import java.util.function.Supplier;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The implementations of one family of kernels, and the one rule that picks between them: native C++ for FLOAT, portable Java for everything
 * else. A twin for a device would be a third one here.
 *
 * @param fast runs FLOAT
 * @param java runs every other type
 */
public record Twins<K>(K fast, K java) {

    /** What this process runs: see {@link KernelChoice}. */
    public static <K> Twins<K> chosen(Supplier<K> nativeTwin, Supplier<K> javaTwin) {
        K java = javaTwin.get();
        return new Twins<>(KernelChoice.NATIVE ? nativeTwin.get() : java, java);
    }

    /** Java for every type: the reference that the native twin is compared with. */
    public static <K> Twins<K> portable(K java) {
        return new Twins<>(java, java);
    }

    /** The twin for an array's type, which the caller has checked. */
    public K of(INDArray values) {
        return values.dataType() == DataType.FLOAT ? fast : java;
    }
}
