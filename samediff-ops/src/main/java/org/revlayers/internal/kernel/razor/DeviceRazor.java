package org.revlayers.internal.kernel.razor;

import lombok.RequiredArgsConstructor;
import lombok.experimental.Delegate;
import org.revlayers.internal.kernel.device.Device;

/** The fp32 twin on a device. */
@RequiredArgsConstructor
final class DeviceRazor implements RazorKernels {

    private final Device device;

    @Delegate
    private final RazorKernels host;
}
