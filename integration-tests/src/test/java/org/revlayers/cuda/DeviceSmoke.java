package org.revlayers.cuda;

import static org.revlayers.cuda.Trials.require;

import java.util.Locale;
import org.bytedeco.javacpp.FloatPointer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.revlayers.Lean;
import org.revlayers.internal.backend.StartupReport;
import org.revlayers.internal.kernel.Differences;
import org.revlayers.internal.kernel.HostNumbers;
import org.revlayers.internal.kernel.activation.ActivationKernels;
import org.revlayers.internal.kernel.device.Devices;
import org.revlayers.internal.kernel.device.HostCopies;
import org.revlayers.internal.memory.Arena;
import org.revlayers.internal.memory.DeviceMemory;
import org.revlayers.keep.Memory;

/** Whether anything works at all on this machine's device: kernels on views and after writes from the host, memory that comes back, errors, offload. A program. */
public final class DeviceSmoke {

    private static final double MIB = 1 << 20;

    private DeviceSmoke() {}

    public static void main(String[] args) {
        long baseline = DeviceMemory.usedBytes().orElseThrow(() -> new IllegalStateException("ND4J runs on the CPU"));
        System.out.println(StartupReport.line());
        System.out.printf(Locale.ROOT, "in use before the first array: %.0f MiB%n", baseline / MIB);
        twoMemories();
        kernels();
        memory();
        outOfMemory();
        offload();
        System.out.println("smoke passed");
        System.exit(0);
    }

    /** What all else here is about: if this did not hold, nothing could go stale. */
    private static void twoMemories() {
        INDArray array = Nd4j.zeros(DataType.FLOAT, 4);
        array.getDouble(0); // the host has a copy
        new FloatPointer(array.data().addressPointer()).put(0, 7);
        array.addi(1);
        require(array.getDouble(0) == 1, "what is written to the host's copy without a word is lost");
    }

    private static void kernels() {
        INDArray x = Nd4j.rand(DataType.FLOAT, 1000).sub(0.5);
        INDArray y = Nd4j.create(DataType.FLOAT, 1000);
        INDArray expected = Nd4j.create(DataType.FLOAT, 1000);
        ActivationKernels.get().relu(x, y, null);
        require(HostCopies.used().isEmpty(), "a kernel of the device ran");
        ActivationKernels.portable().relu(x, expected, null);
        require(Differences.largest(expected, y) == 0, "it gives what the portable one gives");
        INDArray view = x.get(NDArrayIndex.interval(100, 200));
        INDArray out = Nd4j.create(DataType.FLOAT, 103).get(NDArrayIndex.interval(3, 103));
        x.putScalar(150, 7);
        ActivationKernels.get().relu(view, out, null);
        require(out.getDouble(50) == 7, "a view of an array that the host has written to");
        INDArray gradients = Nd4j.create(DataType.DOUBLE, 200);
        INDArray one = gradients.get(NDArrayIndex.interval(0, 100));
        INDArray other = gradients.get(NDArrayIndex.interval(100, 200));
        ActivationKernels.get().relu(Nd4j.ones(DataType.DOUBLE, 100), one, null);
        other.assign(2);
        require(gradients.sumNumber().intValue() == 300, "what the host computes is there when an op writes beside it");
        HostNumbers.write(new double[100], one);
        other.assign(3);
        require(
                gradients.sumNumber().intValue() == 300 && HostNumbers.of(one)[99] == 0,
                "and so are numbers that a loop on the host wrote");
    }

    private static void memory() {
        long before = DeviceMemory.usedBytes().orElse(0);
        Arena arena = Arena.current();
        INDArray array = arena.take(DataType.FLOAT, 64 << 20);
        array.assign(1);
        long taken = DeviceMemory.usedBytes().orElse(0) - before;
        arena.give(array);
        arena.trim();
        long left = DeviceMemory.usedBytes().orElse(0) - before;
        require(
                taken >= 256 * MIB && left <= 2 * MIB,
                "256 MiB are taken (" + taken / MIB + ") and given back (" + left / MIB + " MiB left)");
    }

    private static void outOfMemory() {
        long free = DeviceMemory.freeBytes().orElse(0);
        try {
            Arena.current().take(DataType.FLOAT, free / Float.BYTES + (1L << 30));
            require(false, "more than the device has is refused");
        } catch (OutOfMemoryError e) {
            require(true, "more than the device has is refused: " + e.getMessage());
        }
        require(Nd4j.ones(DataType.FLOAT, 1000).sumNumber().intValue() == 1000, "and nothing is lost by it");
    }

    private static void offload() {
        double[] kept = losses(Trials.vit(4, 64));
        double[] moved =
                losses(Lean.convert(Trials.vit(4, 64), Memory.offload()).network());
        double most = 0;
        for (int i = 0; i < kept.length; i++) {
            most = Math.max(most, Math.abs(kept[i] - moved[i]));
        }
        require(
                most == 0,
                "a training that offloads to host memory is that which stores (" + moved[moved.length - 1] + ")");
        require(Devices.current() != null, "on the device");
    }

    private static double[] losses(MultiLayerNetwork net) {
        return Trials.losses(net, Trials.images(1, 8, 64, 10), 5);
    }
}
