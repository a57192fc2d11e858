package org.revlayers.internal.kernel.stream;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.device.Device;
import org.revlayers.internal.kernel.device.Twins;

/**
 * The two streams of a reversible dual-residual chain, which a sub-block F couples and its inverse takes apart again:
 *
 * <pre>
 *   forward   X' = F(X) + α·X + Y      Y' = β·X
 *   inverse   X  = Y' / β              Y  = X' − F(X) − α·X
 * </pre>
 *
 * <p>Integer streams make the inverse bit-exact for every (α, β). X and Y are INT32 arrays that stand for X·2^−S; α = a/q and β = b/q with q one of
 * 1, 2, 4, 8, 16; all arithmetic is exact, ⌊·⌋ and ⌈·⌉ round towards −∞ and +∞, rint to nearest, ties to even. What β·X loses by rounding is
 * kept as a few side bits ({@link #sideBits}) per element. Floating streams ({@link #sum}, {@link #difference}) keep no side bits and come back
 * up to rounding errors. Native and portable streams agree bit for bit.
 *
 * <p>Rules that hold for every method:
 *
 * <ul>
 *   <li>arrays are C-contiguous (any offset) and of any shape; those of one call have one length;
 *   <li>X and Y are INT32, within ±(2³¹−1); values are FLOAT, DOUBLE or HALF; side values are UINT8;
 *   <li>scale is S, 0 to 30: the resolution is 2^−S, the range ±2^(31−S);
 *   <li>arrays must not share memory unless a method says so, and then entirely;
 *   <li>nothing wraps: an integer that does not fit is stored as ±(2³¹−1), a NaN as 0, and the methods that first make integers tell so;
 *   <li>the result does not depend on the number of threads.
 * </ul>
 */
public interface StreamKernels {

    /** The fastest implementation that runs on this machine, chosen once; {@code -Drevlayers.kernels=java} forces the portable one. */
    static StreamKernels get() {
        return CheckedStreams.CHOSEN;
    }

    /** The kernels of this device, whatever this process runs; {@code host} does what it has none for. */
    static StreamKernels on(Device device, StreamKernels host) {
        return new CheckedStreams(Twins.of(new DeviceStreams(device)));
    }

    /** The portable implementation for every type: what the native one is compared with. */
    static StreamKernels portable() {
        return new CheckedStreams(Twins.portable(StreamKernels.class, new JavaStreams()));
    }

    /**
     * Side bits per element: the smallest w with 2^w ≥ ⌈q/b⌉, for so many X have one ⌊b·X/q⌋. 0 for b = q, at most 4.
     *
     * @throws IllegalArgumentException if b is 0: nothing of X would be left to invert
     */
    static int sideBits(int b, int q) {
        StreamArguments.inverted(b, q);
        int preimages = (q + b - 1) / b;
        return Integer.SIZE - Integer.numberOfLeadingZeros(preimages - 1);
    }

    /** Bytes of the side values of so many elements: ⌈elements/8⌉ groups of {@link #sideBits} bytes. */
    static long sideBytes(long elements, int b, int q) {
        return (elements + 7) / 8 * sideBits(b, q);
    }

    /**
     * X = rint(x·2^S).
     *
     * @return the largest |X|, or Long.MAX_VALUE if an x is not finite or too large: then choose a smaller S
     */
    long start(INDArray x, int scale, INDArray X);

    /** x = X·2^−S, rounded to nearest even once. */
    void values(INDArray X, int scale, INDArray x);

    /**
     * Y = ⌊b·X/q⌋: the second stream where a chain begins.
     *
     * @param b 0 to q
     * @param Y may be X
     */
    void scale(INDArray X, int b, int q, INDArray Y);

    /**
     * One sub-block forward: see {@link Coupling}.
     *
     * @return the largest |X'|, or Long.MAX_VALUE if an f is not finite or an X' does not fit: then choose a smaller S; the streams are lost
     */
    long couple(Coupling call);

    /** First half of the inverse of {@link #couple}: see {@link InputRestore}. */
    void restoreInput(InputRestore call);

    /** Second half of the inverse of {@link #couple}: see {@link PreviousRestore}. */
    void restorePrevious(PreviousRestore call);

    /**
     * A 64-bit checksum of an array of any type: Σ mix(wᵢ + i·φ) mod 2⁶⁴ over its bytes as words wᵢ of eight, low byte first, the last one filled
     * with zeros. mix is the finaliser of SplitMix64, a bijection: a change of one word always changes the sum, any other change all but
     * surely.
     */
    long checksum(INDArray X);

    /** out = (f + α·x) + β·y: see {@link StreamSum}. */
    void sum(StreamSum call);

    /** The same with coefficients of their own for the samples: see {@link SampleSum}. */
    default void sum(SampleSum call) {
        call.runs((from, to, alpha, beta) -> sum(call.part(from, to)));
    }

    /**
     * X ← −X in some samples.
     *
     * @param X       with samples along the first axis
     * @param samples true for those
     */
    default void negate(INDArray X, boolean... samples) {
        for (int i = 0; i < samples.length; i++) {
            if (samples[i]) {
                SampleSum.samples(X, i, i + 1).negi();
            }
        }
    }

    /**
     * out = y − (f + α·x), by the rules of {@link StreamSum}: what {@code sum(f, α, x, 1, out, y)} added to, up to rounding.
     *
     * @param x   null if α is 0
     * @param out may be y, f or x; the inputs may be one array
     */
    void difference(INDArray y, INDArray f, double alpha, INDArray x, INDArray out);
}
