package org.revlayers.internal.kernel.norm;

import lombok.RequiredArgsConstructor;
import lombok.experimental.Delegate;
import org.revlayers.internal.kernel.device.Device;

/** The fp32 twin on a device. */
@RequiredArgsConstructor
final class DeviceNorms implements NormKernels {

    private final Device device;

    @Delegate
    private final NormKernels host;
}
