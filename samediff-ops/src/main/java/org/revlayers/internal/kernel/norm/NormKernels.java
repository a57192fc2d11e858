package org.revlayers.internal.kernel.norm;

import org.revlayers.internal.kernel.device.Device;
import org.revlayers.internal.kernel.device.Twins;

/** LayerNorm and RMSNorm over the last axis. The rules of {@link org.revlayers.internal.kernel} hold. */
public interface NormKernels {

    /** The fastest implementation that runs on this machine, chosen once; {@code -Drevlayers.kernels=java} forces the portable one. */
    static NormKernels get() {
        return CheckedNorms.CHOSEN;
    }

    /** The kernels of this device, whatever this process runs. */
    static NormKernels on(Device device) {
        return new CheckedNorms(Twins.of(new DeviceNorms(device)));
    }

    /** The portable implementation for every type: what the native one is compared with. */
    static NormKernels portable() {
        return new CheckedNorms(Twins.portable(NormKernels.class, new JavaNorms()));
    }

    /** Normalises: see {@link NormForward}. */
    void forward(NormForward call);

    /** The same normalisation again from statistics that were kept: see {@link NormReplay}. Bit for bit what {@link #forward} gave. */
    void replay(NormReplay call);

    /** Exact backward, from the kept output or the kept input: see {@link NormBackward}. */
    void backward(NormBackward call);
}
