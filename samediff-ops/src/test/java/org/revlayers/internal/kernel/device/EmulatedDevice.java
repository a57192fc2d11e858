package org.revlayers.internal.kernel.device;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.Buffers;
import org.revlayers.internal.kernel.device.Launch.Operand;

/** Runs the device kernels on the host, launched by the code that ships. */
public final class EmulatedDevice implements Device {

    /** Null where the library was not built. */
    public static final Device DEVICE = load();

    /** The device that arrays live on; this one where they live in host memory. */
    public static Device orCurrent() {
        return Devices.current() == null ? new EmulatedDevice() : Devices.current();
    }

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

    @Override
    public void read(INDArray array, long from, ByteBuffer to) {
        try (BytePointer bytes = new BytePointer(to)) {
            Pointer.memcpy(bytes, at(array, from), to.remaining());
        }
    }

    @Override
    public void write(INDArray array, long from, ByteBuffer source) {
        try (BytePointer bytes = new BytePointer(source)) {
            Pointer.memcpy(at(array, from), bytes, source.remaining());
        }
    }

    private static BytePointer at(INDArray array, long from) {
        return new BytePointer(array.data().addressPointer()).getPointer(BytePointer.class, from);
    }

    @Override
    public void copy(INDArray from, INDArray to) {
        to.assign(from);
    }

    /** As BLAS does it, number by number. */
    @Override
    public void multiply(Product product) {
        FloatPointer first = new FloatPointer(product.first().array().data().addressPointer());
        FloatPointer second = new FloatPointer(product.second().array().data().addressPointer());
        FloatPointer out = new FloatPointer(product.out().data().addressPointer());
        for (long row = 0; row < product.rows(); row++) {
            for (long column = 0; column < product.columns(); column++) {
                long place = column * product.outStride() + row;
                float sum = product.accumulate() ? out.get(place) : 0;
                for (long i = 0; i < product.inner(); i++) {
                    sum += at(product.first(), first, row, i) * at(product.second(), second, i, column);
                }
                out.put(place, sum);
            }
        }
    }

    @Override
    public long[] memory() {
        throw new UnsupportedOperationException("an emulated device's arrays are in host memory");
    }

    @Override
    public Pointer pin(long bytes) {
        return Pointer.malloc(bytes);
    }

    @Override
    public void unpin(Pointer memory) {
        Pointer.free(memory);
    }

    private static float at(Product.Factor factor, FloatPointer memory, long row, long column) {
        return memory.get(factor.transposed() ? row * factor.stride() + column : column * factor.stride() + row);
    }
}
