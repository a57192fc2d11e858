package org.revlayers.internal.kernel.device;

import java.lang.ref.Reference;
import org.revlayers.internal.kernel.Buffers;
import org.revlayers.internal.kernel.device.Launch.Operand;

/** Runs the device kernels on the host, launched by the code that ships. */
public final class EmulatedDevice implements Device {

    /** Null where the library was not built. */
    public static final Device DEVICE = load();

    private static Device load() {
        try {
            EmulatedDevice device = new EmulatedDevice();
            Class.forName(EmulatedLibrary.class.getName());
            return device;
        } catch (ReflectiveOperationException | LinkageError e) {
            return null;
        }
    }

    @Override
    public void run(Launch launch) {
        long[] slots = launch.slots().stream().mapToLong(Long::longValue).toArray();
        for (Operand operand : launch.operands()) {
            if (operand.array() != null) {
                slots[operand.slot()] = Buffers.address(operand.array())
                        + operand.offset() * operand.array().dataType().width();
            }
        }
        try {
            EmulatedLibrary.rl_emulate(
                    launch.kernel(), launch.blocksX(), launch.blocksY(), launch.threads(), slots, slots.length);
        } finally {
            Reference.reachabilityFence(launch);
        }
    }
}
