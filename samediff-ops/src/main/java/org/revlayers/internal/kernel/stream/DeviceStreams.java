package org.revlayers.internal.kernel.stream;

import lombok.RequiredArgsConstructor;
import lombok.experimental.Delegate;
import org.revlayers.internal.kernel.device.Device;

/** The fp32 twin on a device. */
@RequiredArgsConstructor
final class DeviceStreams implements StreamKernels {

    private final Device device;

    @Delegate
    private final StreamKernels host;
}
