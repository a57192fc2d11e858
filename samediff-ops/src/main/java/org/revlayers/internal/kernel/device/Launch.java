package org.revlayers.internal.kernel.device;

import java.util.ArrayList;
import java.util.List;
import lombok.AccessLevel;
import lombok.Getter;
import lombok.RequiredArgsConstructor;
import lombok.experimental.Accessors;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.Sizes;

/**
 * One kernel with its arguments, in the order of its parameters, and its grid. An argument is a slot of eight bytes: an array's address (0 for null), or a
 * number in the lowest bytes.
 */
@Getter
@Accessors(fluent = true)
@RequiredArgsConstructor(access = AccessLevel.PRIVATE)
public final class Launch {

    /** Threads that step together. */
    public static final int WARP = 32;

    /** Threads of a block where nothing else is said. */
    public static final int THREADS = 256;

    /** Elements of a thread in kernels that use {@code element(j)} of {@code device.h}. */
    public static final int EACH = 4;

    /**
     * An array among the arguments.
     *
     * @param slot    which argument
     * @param array   may be null
     * @param offset  of the first element that the kernel gets, in elements
     * @param written whether the kernel writes to it
     */
    public record Operand(int slot, INDArray array, long offset, boolean written) {}

    private final String kernel;
    private final List<Long> slots = new ArrayList<>();
    private final List<Operand> operands = new ArrayList<>();
    private long blocksX;
    private int blocksY = 1;
    private int threads;

    /** A launch of {@code rl_<kernel>}. */
    public static Launch of(String kernel) {
        return new Launch(kernel);
    }

    /** Arrays that the kernel reads, or null. */
    public Launch in(INDArray... arrays) {
        for (INDArray array : arrays) {
            operand(array, 0, false);
        }
        return this;
    }

    /** Arrays that the kernel writes, or reads and writes, or null. */
    public Launch out(INDArray... arrays) {
        for (INDArray array : arrays) {
            operand(array, 0, true);
        }
        return this;
    }

    /** An array from its element {@code offset} on. */
    public Launch from(INDArray array, long offset, boolean written) {
        operand(array, offset, written);
        return this;
    }

    private void operand(INDArray array, long offset, boolean written) {
        operands.add(new Operand(slots.size(), array, offset, written));
        slots.add(0L);
    }

    /** Whole numbers, for parameters {@code long long}, {@code unsigned long long} or {@code int}. */
    public Launch whole(long... values) {
        for (long value : values) {
            slots.add(value);
        }
        return this;
    }

    /** A number for a parameter {@code float}. */
    public Launch fp32(double number) {
        float value = (float) number;
        slots.add((long) Float.floatToRawIntBits(value));
        return this;
    }

    /** A number for a parameter {@code double}. */
    public Launch fp64(double value) {
        slots.add(Double.doubleToRawLongBits(value));
        return this;
    }

    /** 1 or 0, for a parameter {@code int}. */
    public Launch flag(boolean value) {
        slots.add(value ? 1L : 0L);
        return this;
    }

    /** Runs with one thread for each of so many elements. */
    public void over(Device device, long elements) {
        blocks(device, Sizes.pieces(elements, THREADS), THREADS);
    }

    /** Runs a kernel whose threads take several elements each. */
    public void elementwise(Device device, long elements) {
        over(device, Sizes.pieces(elements, EACH));
    }

    /** Runs so many blocks of so many threads. */
    public void blocks(Device device, long blocks, int threadsOfBlock) {
        grid(device, blocks, 1, threadsOfBlock);
    }

    /** Runs a grid of two axes; a device takes up to 65,535 blocks along the second. */
    public void grid(Device device, long x, long y, int threadsOfBlock) {
        blocksX = Sizes.exact("blocks", x);
        blocksY = Sizes.exact("blocks", y);
        threads = threadsOfBlock;
        device.run(this);
    }
}
