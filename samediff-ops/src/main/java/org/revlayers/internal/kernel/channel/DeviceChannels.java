package org.revlayers.internal.kernel.channel;

import lombok.RequiredArgsConstructor;
import lombok.experimental.Delegate;
import org.revlayers.internal.kernel.device.Device;

/** The fp32 twin on a device. */
@RequiredArgsConstructor
final class DeviceChannels implements ChannelKernels {

    private final Device device;

    @Delegate
    private final ChannelKernels host;
}
