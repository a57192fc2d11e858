package org.revlayers.internal.kernel.linear;

import lombok.RequiredArgsConstructor;
import lombok.experimental.Delegate;
import org.revlayers.internal.kernel.device.Device;

/** The fp32 twin on a device. */
@RequiredArgsConstructor
final class DeviceLinear implements LinearKernels {

    private final Device device;

    @Delegate
    private final LinearKernels host;
}
