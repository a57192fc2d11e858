package org.revlayers.internal.cuda;

import static org.bytedeco.cuda.global.cudart.CUDA_SUCCESS;
import static org.bytedeco.cuda.global.cudart.CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL;
import static org.bytedeco.cuda.global.cudart.cuLaunchKernel;
import static org.bytedeco.cuda.global.cudart.cuMemFreeHost;
import static org.bytedeco.cuda.global.cudart.cuMemGetInfo;
import static org.bytedeco.cuda.global.cudart.cuMemHostAlloc;
import static org.bytedeco.cuda.global.cudart.cuMemcpyDtoDAsync;
import static org.bytedeco.cuda.global.cudart.cuMemcpyDtoHAsync;
import static org.bytedeco.cuda.global.cudart.cuMemcpyHtoDAsync;
import static org.bytedeco.cuda.global.cudart.cuPointerGetAttribute;
import static org.bytedeco.cuda.global.cudart.cuStreamSynchronize;

import java.nio.ByteBuffer;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.javacpp.SizeTPointer;
import org.nd4j.jita.allocator.impl.AllocationPoint;
import org.nd4j.jita.allocator.impl.AtomicAllocator;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.jcublas.context.CudaContext;
import org.revlayers.internal.kernel.device.Device;
import org.revlayers.internal.kernel.device.Launch;
import org.revlayers.internal.kernel.device.Launch.Operand;
import org.revlayers.internal.kernel.device.Product;

/**
 * Launches the kernels of the PTX resource on ND4J's own stream of the calling thread, so that they stand in one order with ND4J's ops. See {@link CudaModules}.
 */
public final class CudaDevice implements Device {

    private static final int MOST_ARGUMENTS = 48;

    private static final boolean SEVERAL = Nd4j.getAffinityManager().getNumberOfDevices() > 1;

    private final CudaModules modules = new CudaModules();
    private final CudaProducts products = new CudaProducts();

    /** The slots of a launch in native memory, and an array of pointers to them; the driver copies what they hold at the call. */
    private static final class Slots {
        private final LongPointer values = new LongPointer(MOST_ARGUMENTS);
        private final PointerPointer<Pointer> pointers = new PointerPointer<>(MOST_ARGUMENTS);

        Slots() {
            for (int i = 0; i < MOST_ARGUMENTS; i++) {
                pointers.put(i, values.getPointer(i));
            }
        }
    }

    private final ThreadLocal<Slots> slots = ThreadLocal.withInitial(Slots::new);

    @Override
    public void run(Launch launch) {
        AtomicAllocator allocator = AtomicAllocator.getInstance();
        CudaContext context = allocator.getDeviceContext();
        Slots arguments = slots.get();
        for (int i = 0; i < launch.slots().size(); i++) {
            arguments.values.put(i, launch.slots().get(i));
        }
        for (Operand operand : launch.operands()) {
            if (operand.array() != null) {
                here(allocator, operand.array());
                arguments.values.put(
                        operand.slot(),
                        allocator.getPointer(operand.array(), context).address()
                                + operand.offset() * operand.array().dataType().width());
            }
        }
        CudaModules.check(
                cuLaunchKernel(
                        modules.function(launch.kernel()),
                        (int) launch.blocksX(),
                        launch.blocksY(),
                        1,
                        launch.threads(),
                        1,
                        1,
                        0,
                        new CUstream_st(context.getCublasStream()),
                        arguments.pointers,
                        (PointerPointer<?>) null),
                launch.kernel());
        for (Operand operand : launch.operands()) {
            if (operand.array() != null) {
                AllocationPoint point = allocator.getAllocationPoint(operand.array());
                if (operand.written()) {
                    point.tickDeviceWrite();
                } else {
                    point.tickDeviceRead();
                }
            }
        }
    }

    @Override
    public void read(INDArray array, long from, ByteBuffer to) {
        copy(array, from, to, false);
    }

    @Override
    public void write(INDArray array, long from, ByteBuffer source) {
        copy(array, from, source, true);
    }

    /** Brings the array's memory on the calling thread's device up to date. */
    static void here(AtomicAllocator allocator, INDArray array) {
        AllocationPoint point = allocator.getAllocationPoint(array);
        if (SEVERAL && !Nd4j.getAffinityManager().isCrossDeviceAccessSupported()) {
            bring(allocator.getDeviceId(), point, array);
        }
        allocator.getFlowController().synchronizeToDevice(point);
    }

    /**
     * Moves an array's buffer to this device. Where it lies only its memory tells: an op of ND4J that finds another device's number in a buffer which it reads
     * moves the memory, and leaves the number as it was (M2.1), so that the device of that number takes foreign memory for its own.
     */
    private static void bring(int device, AllocationPoint point, INDArray array) {
        int place = place(point, device);
        if (place != device) {
            point.setDeviceId(place); // which an op of this thread finds to be another's
            array.reshape(array.length()).get(NDArrayIndex.interval(0, 1)).dup();
            if (place(point, device) != device) {
                throw new IllegalStateException(
                        "an array of device " + place + " came to a thread of device " + device
                                + ", and the two cannot read each other's memory: Nd4j.getAffinityManager().replicateToDevice makes a copy");
            }
        }
        if (point.getDeviceId() != device) {
            point.setDeviceId(device);
        }
    }

    /** The device that a buffer's memory is of; {@code otherwise} where it has none yet. */
    private static int place(AllocationPoint point, int otherwise) {
        Pointer memory = point.getDevicePointer();
        if (memory == null || memory.isNull()) {
            return otherwise;
        }
        try (IntPointer device = new IntPointer(1)) {
            CudaModules.check(
                    cuPointerGetAttribute(device, CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL, memory.address()),
                    "the device of an array");
            return device.get();
        }
    }

    /** For any thread: one that ND4J has given another device copies on the array's. */
    private static void copy(INDArray array, long from, ByteBuffer buffer, boolean in) {
        int own = Nd4j.getAffinityManager().getDeviceForCurrentThread();
        int of = SEVERAL ? place(AtomicAllocator.getInstance().getAllocationPoint(array), own) : own;
        if (of == own) {
            copyHere(array, from, buffer, in);
            return;
        }
        Nd4j.getAffinityManager().unsafeSetDevice(of);
        try {
            copyHere(array, from, buffer, in);
        } finally {
            Nd4j.getAffinityManager().unsafeSetDevice(own);
        }
    }

    private static void copyHere(INDArray array, long from, ByteBuffer buffer, boolean in) {
        AtomicAllocator allocator = AtomicAllocator.getInstance();
        CudaContext context = allocator.getDeviceContext();
        AllocationPoint point = allocator.getAllocationPoint(array);
        allocator.getFlowController().synchronizeToDevice(point);
        long place = allocator.getPointer(array, context).address() + from;
        CUstream_st stream = new CUstream_st(context.getCublasStream());
        try (BytePointer host = new BytePointer(buffer)) {
            CudaModules.check(
                    in
                            ? cuMemcpyHtoDAsync(place, host, buffer.remaining(), stream)
                            : cuMemcpyDtoHAsync(host, place, buffer.remaining(), stream),
                    "a copy of " + buffer.remaining() + " bytes between host and device");
            CudaModules.check(cuStreamSynchronize(stream), "a copy between host and device");
        }
        if (in) {
            point.tickDeviceWrite();
        } else {
            point.tickDeviceRead();
        }
    }

    @Override
    public void copy(INDArray from, INDArray to) {
        AtomicAllocator allocator = AtomicAllocator.getInstance();
        CudaContext context = allocator.getDeviceContext();
        here(allocator, from);
        here(allocator, to);
        CudaModules.check(
                cuMemcpyDtoDAsync(
                        allocator.getPointer(to, context).address(),
                        allocator.getPointer(from, context).address(),
                        from.length() * from.dataType().width(),
                        new CUstream_st(context.getCublasStream())),
                "a copy on the device");
        allocator.getAllocationPoint(to).tickDeviceWrite();
    }

    @Override
    public void multiply(Product product) {
        products.multiply(product);
    }

    @Override
    public long[] memory() {
        AtomicAllocator.getInstance().getDeviceContext(); // makes the context current
        try (SizeTPointer free = new SizeTPointer(1);
                SizeTPointer all = new SizeTPointer(1)) {
            CudaModules.check(cuMemGetInfo(free, all), "the device's memory");
            int device = Nd4j.getAffinityManager().getDeviceForCurrentThread();
            return new long[] {free.get(), all.get(), CudaBaseline.bytes(device)};
        }
    }

    @Override
    public Pointer pin(long bytes) {
        AtomicAllocator.getInstance().getDeviceContext();
        Pointer memory = new Pointer();
        int code = cuMemHostAlloc(memory, bytes, 0);
        if (code != CUDA_SUCCESS) {
            throw new OutOfMemoryError("no " + bytes + " bytes of page-locked host memory (CUDA error " + code
                    + "): offload less, or raise the limit of locked memory");
        }
        return memory;
    }

    @Override
    public void unpin(Pointer memory) {
        AtomicAllocator.getInstance()
                .getDeviceContext(); // makes one current: the thread that frees what is idle has none
        cuMemFreeHost(memory);
    }
}
