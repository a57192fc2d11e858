package org.revlayers.internal.kernel.norm;

import lombok.RequiredArgsConstructor;
import org.revlayers.internal.kernel.Twins;
import org.revlayers.internal.kernel.device.Device;

/** Checks the arguments, then calls the twin for their type. */
@RequiredArgsConstructor
final class CheckedNorms implements NormKernels {

    static final NormKernels CHOSEN =
            new CheckedNorms(Twins.chosen(NormKernels.class, NativeNorms::new, JavaNorms::new, DeviceNorms::new));

    private final Twins<NormKernels> twins;

    /** The kernels of this device for every type, for tests. */
    static NormKernels onDevice(Device device, NormKernels host) {
        return new CheckedNorms(Twins.of(new DeviceNorms(device, host)));
    }

    @Override
    public void forward(NormForward call) {
        call.check();
        twins.of(call.in().x()).forward(call);
    }

    @Override
    public void replay(NormReplay call) {
        call.check();
        twins.of(call.x()).replay(call);
    }

    @Override
    public void backward(NormBackward call) {
        call.check();
        twins.of(call.kept()).backward(call);
    }
}
