package org.revlayers.internal.kernel.device;

import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.KernelChoice;

/**
 * The implementations of one family of kernels, and the one rule that picks between them. Where arrays live in host memory: native C++ for FLOAT, portable
 * Java for everything else. Where they live on a device: its kernels for FLOAT; everything else, and what a device has no kernel for, on the host over copies.
 *
 * @param fast runs FLOAT
 * @param java runs every other type
 */
public record Twins<K>(K fast, K java) {

    /**
     * What this process runs: see {@link KernelChoice}. Starts ND4J if it was not.
     *
     * @param family     the interface
     * @param deviceTwin makes the kernels of a device; given what runs for those that it lacks
     */
    public static <K> Twins<K> chosen(
            Class<K> family, Supplier<K> nativeTwin, Supplier<K> javaTwin, BiFunction<Device, K, K> deviceTwin) {
        K java = javaTwin.get();
        K fast = KernelChoice.isNative() ? nativeTwin.get() : java;
        Device device = Devices.current();
        if (device == null) {
            return new Twins<>(fast, java);
        }
        K onHost = HostCopies.of(family, fast);
        return new Twins<>(
                KernelChoice.isOnDevice() ? deviceTwin.apply(device, onHost) : onHost, HostCopies.of(family, java));
    }

    /** Java for every type, over host copies where arrays live on a device: the reference that the other twins are compared with. */
    public static <K> Twins<K> portable(Class<K> family, K java) {
        K kernels = Devices.current() == null ? java : HostCopies.of(family, java);
        return of(kernels);
    }

    /** The same kernels for every type. */
    public static <K> Twins<K> of(K kernels) {
        return new Twins<>(kernels, kernels);
    }

    /** The twin for an array's type, which the caller has checked. */
    public K of(INDArray values) {
        return values.dataType() == DataType.FLOAT ? fast : java;
    }
}
