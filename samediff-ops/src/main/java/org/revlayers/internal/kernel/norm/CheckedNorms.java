package org.revlayers.internal.kernel.norm;

import lombok.RequiredArgsConstructor;
import org.revlayers.internal.kernel.device.Twins;

/** Checks the arguments, then calls the twin for their type. */
@RequiredArgsConstructor
final class CheckedNorms implements NormKernels {

    static final NormKernels CHOSEN = new CheckedNorms(Twins.chosen(
            NormKernels.class, NativeNorms::new, JavaNorms::new, (device, host) -> new DeviceNorms(device)));

    private final Twins<NormKernels> twins;

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
