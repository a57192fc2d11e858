package org.revlayers.internal.kernel.razor;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.device.Device;
import org.revlayers.internal.kernel.device.Twins;
import org.revlayers.keep.RazorValues;

/**
 * Back Razor: the copy of an activation that is kept for backward, thinned to the largest magnitudes of each sample. The rules of
 * {@link org.revlayers.internal.kernel} hold.
 *
 * <pre>
 *   per sample (index of the first axis), m elements:
 *   τ    = k-th smallest |x|, k = m − room + 1                     exact
 *   kept = |x| &gt; τ, and of those with |x| = τ the first by position, until there are {@code room}; zeros never     ({@link RazorTies#FIRST})
 *   x̂    = x where kept, else 0
 * </pre>
 *
 * <p>Stored: a bitmap, one bit per element over the whole batch in row-major order, the first element in the lowest bit of the first byte,
 * unused bits 0; and the kept values in row-major order, each sample in a slot of its own of {@code room} values, the unused end of a slot
 * 0. {@link RazorValues#INT8} stores v as round((v − min)/step) − 128 with step = (max − min)/255, and (min, step) per group of
 * {@link RazorLayout#group} values of a slot.
 *
 * <p>Magnitudes are compared by their bits, so infinities and NaN count as the largest and are kept: a broken activation gives a broken
 * gradient, not a plausible one. A group of INT8 values with one of them comes back as NaN throughout. Finite numbers that FP16 has no room for become
 * ±65,504, and the first time that happens in a process a warning says so.
 *
 * <p>Source: Back Razor, NeurIPS 2022.
 */
public interface RazorKernels {

    /**
     * The prune ratio from which {@link #weightGradient} takes no longer than {@link #decompress} and a dense product. Measured for FLOAT in C++
     * on weights of 768 × 3072 and 3072 × 768. HALF gains from there on too, in plain Java beside ND4J's slow product; DOUBLE, whose dense product is
     * quick, loses at 0.9 still.
     */
    double MULTIPLIES_FROM = 0.7;

    /** The same with means for what was dropped, for FLOAT in C++: sums of four rows are shared by all columns of x then, which takes 0.4 of a dense product. */
    double MULTIPLIES_MEANS_FROM = 0.85;

    /** The fastest implementation that runs on this machine, chosen once; {@code -Drevlayers.kernels=java} forces the portable one. */
    static RazorKernels get() {
        return CheckedRazor.CHOSEN;
    }

    /** The kernels of this device, whatever this process runs; {@code host} does what it has none for. */
    static RazorKernels on(Device device, RazorKernels host) {
        return new CheckedRazor(Twins.of(new DeviceRazor(device)));
    }

    /** The portable implementation for every type: what the native one is compared with. */
    static RazorKernels portable() {
        return new CheckedRazor(Twins.portable(RazorKernels.class, new JavaRazor()));
    }

    /**
     * The k-th smallest magnitude of every sample.
     *
     * @param x   any shape, samples along the first axis
     * @param k   from 1 to the number of elements of a sample
     * @param tau {@code [batch]}, of x's type
     */
    void thresholds(INDArray x, long k, INDArray tau);

    /** How many elements of a sample are at or above its threshold, zeros included: the largest number over the batch. */
    long largestCount(INDArray x, long k);

    /**
     * Thins and stores.
     *
     * @param x  {@code layout.elements()}, FLOAT, DOUBLE or HALF
     * @param to is overwritten
     */
    void compress(INDArray x, RazorArrays to);

    /** Writes x̂, dense. */
    void decompress(RazorArrays from, INDArray out);

    /**
     * Stores the sides and the means of what was dropped. The means may differ in their last bit between implementations and instruction
     * sets, never between numbers of threads.
     *
     * @param x  the activation that {@link #compress} was given
     * @param to the bitmap is read, the rest is overwritten
     */
    void sides(INDArray x, RazorSides to);

    /** Writes these means over what {@link #decompress} left 0. */
    void fill(RazorSides from, INDArray out);

    /**
     * dw = x̂ᵀ·dy, or dw += x̂ᵀ·dy, from the stored form: the gradient of a linear layer's weight. Without sides what is not kept takes no
     * part, so that an infinity of dy does not meet its zero; with them it is the mean of its side, as {@link #fill} writes it. Rows are summed in one order,
     * whatever the number of threads.
     *
     * <p>The time goes with what is kept: for weights of 768 × 3072 and 1,576 rows it is that of {@link #decompress} and a dense product at a
     * prune ratio of about 0.7, two thirds of it at 0.8, a third at 0.9 and a seventh at 0.97; with sides at a ratio of about 0.8, three quarters of it at 0.9.
     * Below {@link #MULTIPLIES_FROM}, or {@link #MULTIPLIES_MEANS_FROM}, decompress and multiply.
     *
     * @param x     x̂, of rows of {@code in} elements: a sample is a whole number of them
     * @param sides of the same bitmap, or null: what was dropped counts as 0
     * @param dy    {@code [rows, out]}, of dw's type, which is that of the activation
     * @param dw    {@code [in, out]}
     */
    void weightGradient(RazorArrays x, RazorSides sides, INDArray dy, INDArray dw, boolean accumulate);
}
