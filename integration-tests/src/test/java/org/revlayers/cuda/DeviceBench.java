package org.revlayers.cuda;

import java.util.Arrays;
import java.util.Locale;
import java.util.function.Supplier;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.Sgd;
import org.revlayers.Lean;
import org.revlayers.internal.kernel.device.Devices;
import org.revlayers.internal.kernel.device.HostCopies;
import org.revlayers.internal.memory.Arena;
import org.revlayers.internal.memory.DeviceMemory;
import org.revlayers.keep.Memory;
import org.revlayers.listeners.MemoryListener;
import org.revlayers.memory.MemoryReport;
import org.revlayers.models.VisionTransformer;

/**
 * A training step of ViT-B/16 at 224 px by one method: time and memory on the device. A program: {@code DeviceBench METHOD BATCH STEPS}, one method in a
 * process, a row of a table on standard output.
 */
public final class DeviceBench {

    private static final int CLASSES = 1000;
    private static final int WARM_UP = 4;
    private static final double MIB = 1 << 20;

    private DeviceBench() {}

    public static void main(String[] args) {
        long baseline = DeviceMemory.usedBytes().orElse(0);
        int batch = Integer.parseInt(args[1]);
        MultiLayerNetwork net = network(args[0]).get();
        DataSet data = Trials.images(1, batch, 224, CLASSES);
        double[] seconds = new double[Integer.parseInt(args[2])];
        long device;
        try (DeviceMemory.Watch watch = DeviceMemory.watch()) {
            for (int i = -WARM_UP; i < seconds.length; i++) {
                long start = Devices.nanoTime();
                net.fit(data);
                long stop = Devices.nanoTime();
                if (i >= 0) {
                    seconds[i] = (stop - start) / 1e9;
                }
            }
            device = watch.peakBytes().orElse(0) - baseline;
        }
        MemoryListener listener = new MemoryListener();
        net.addListeners(listener);
        net.fit(data);
        MemoryReport report = listener.report();
        Arrays.sort(seconds);
        System.out.printf(
                Locale.ROOT,
                "| ours, `%s` | %.1f | %.1f – %.1f | %.0f | %.0f | %.0f | %s |%n",
                args[0],
                seconds[seconds.length / 2] * 1000,
                seconds[0] * 1000,
                seconds[seconds.length - 1] * 1000,
                report.keptBytes() / MIB,
                report.peakBytes() / MIB,
                Math.max(0, device) / MIB,
                HostCopies.used().isEmpty() ? "" : "on the host: " + HostCopies.used());
        Arena.trimAll();
        System.exit(0);
    }

    private static Supplier<MultiLayerNetwork> network(String method) {
        Memory memory = Memory.parse(method);
        return method.matches("(reversible|checkpoint|.*disk).*") // what containers do
                ? () -> Lean.convert(vit(Memory.store()), memory).network()
                : () -> vit(memory);
    }

    private static MultiLayerNetwork vit(Memory memory) {
        return VisionTransformer.builder()
                .size(VisionTransformer.Size.B)
                .height(224)
                .width(224)
                .classes(CLASSES)
                .memory(memory)
                .updater(new Sgd(0.01))
                .build()
                .init();
    }
}
