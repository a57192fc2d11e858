package org.revlayers.internal.kernel.attention;

import lombok.RequiredArgsConstructor;
import lombok.experimental.Delegate;
import org.revlayers.internal.kernel.device.Device;

/** The fp32 twin on a device. */
@RequiredArgsConstructor
final class DeviceAttention implements AttentionKernels {

    private final Device device;

    @Delegate
    private final AttentionKernels host;
}
