package org.revlayers.internal.kernel.razor;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.Sizes;
import org.revlayers.keep.Memory;
import org.revlayers.keep.RazorValues;

/**
 * The sizes of one thinned activation, which depend on shapes and the prune ratio alone: see {@link RazorKernels}.
 *
 * @param batch     number of samples, the size of the activation's first axis
 * @param perSample m, elements of one sample
 * @param rank      k: the threshold of a sample is its k-th smallest magnitude
 * @param room      how many of its elements are kept at most
 * @param values    how they are stored
 * @param rule      which of several equal ones
 */
public record RazorLayout(long batch, long perSample, long rank, long room, RazorValues values, RazorTies rule) {

    private static final int GROUP = 512;

    /** Where nothing is dropped, most groups of 512 would have one of the few large elements that an activation often has, and the others its coarse steps. */
    private static final int GROUP_OF_ALL = 64;

    /** Checks the sizes. */
    public RazorLayout {
        if (batch < 1 || rank < 1 || rank > perSample || room < 1 || room > perSample) {
            throw new IllegalArgumentException(
                    "a thinned activation needs at least one sample, and rank and room from 1 to its number"
                            + " of elements; got " + batch + " samples of " + perSample + ", rank " + rank
                            + ", room for " + room);
        }
    }

    /** The layout of an activation of this shape: room for m − k + 1, k = clip(trunc(m·prune), 1, m). */
    public static RazorLayout of(double prune, RazorValues values, long... shape) {
        long all = Sizes.elements(shape);
        long perSample = shape.length == 0 ? 1 : all / Math.max(1, shape[0]);
        long rank = rank(perSample, prune);
        return new RazorLayout(
                shape.length == 0 ? 1 : shape[0], perSample, rank, perSample - rank + 1, values, RazorTies.FIRST);
    }

    /** k = clip(trunc(m·prune), 1, m): the threshold of a sample is its k-th smallest magnitude. */
    public static long rank(long perSample, double prune) {
        return Math.max(1, Math.min(perSample, (long) (perSample * Memory.Thin.ratio(prune))));
    }

    /**
     * The layout that keeps what the reference implementation keeps: all of |x| ≥ τ, zeros too where τ is 0. Its size depends on the data.
     */
    public static RazorLayout reference(double prune, RazorValues values, INDArray x) {
        RazorLayout first = of(prune, values, x.shape());
        return new RazorLayout(
                first.batch,
                first.perSample,
                first.rank,
                RazorKernels.get().largestCount(x, first.rank),
                values,
                RazorTies.ALL);
    }

    /** Elements of the activation. */
    public long elements() {
        return Math.multiplyExact(batch, perSample);
    }

    /** Bytes of the bitmap: one bit per element, over the whole batch. */
    public long bitmapBytes() {
        return (elements() + 7) / 8;
    }

    /** Whether there is room for every element, in less than its own bits: then a bitmap can be left out, and zeros are stored as well. */
    public boolean holdsAll() {
        return room == perSample && values != RazorValues.FULL;
    }

    /** Length of the array of values: sample s has the slot from s·room. */
    public long valueCount() {
        return batch * room;
    }

    /** Values that share a range, for {@link RazorValues#INT8}: 512, and 64 where there is room for every element. A group never spans two samples. */
    public int group() {
        return room == perSample ? GROUP_OF_ALL : GROUP;
    }

    /** Groups of one sample's slot. */
    public long groupsPerSample() {
        return (room + group() - 1) / group();
    }

    /** Length of the array of ranges: two numbers per group, or 0 if there are none. */
    public long rangeCount() {
        return values == RazorValues.INT8 ? 2 * batch * groupsPerSample() : 0;
    }

    /** Bytes of everything, for an activation of this type. */
    public long bytes(DataType activation) {
        return bitmapBytes() + valueCount() * values.type(activation).width() + rangeCount() * Float.BYTES;
    }
}
