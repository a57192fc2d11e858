package org.revlayers.kernel.razor;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.kernel.HalfFloat;
import org.revlayers.kernel.PackedBits;
import org.revlayers.kernel.Parallel;
import org.revlayers.kernel.Sizes;
import org.revlayers.kernel.Values;

/** {@link RazorKernels} in plain Java: the reference of the native ones. */
public final class JavaRazor implements RazorKernels {

    private static final int DIGIT = 16;

    @Override
    public void thresholds(INDArray x, long k, INDArray tau) {
        RazorArguments.thresholds(x, k, tau);
        Values out = Values.of(tau);
        Samples samples = new Samples(x);
        Parallel.each(x.size(0), s -> out.set(s, samples.magnitude(samples.threshold(s, k))));
    }

    @Override
    public long largestCount(INDArray x, long k) {
        RazorArguments.rank(x, k);
        Samples samples = new Samples(x);
        long largest = 0;
        for (long s = 0; s < x.size(0); s++) {
            largest = Math.max(largest, samples.count(s, samples.threshold(s, k)));
        }
        return largest;
    }

    @Override
    public void compress(INDArray x, RazorLayout layout, INDArray bitmap, INDArray values, INDArray ranges) {
        RazorArguments.stored(x, layout, bitmap, values, ranges);
        Samples samples = new Samples(x, layout.perSample());
        RazorStore store = RazorStore.of(layout, values, ranges);
        byte[] kept = new byte[Sizes.exact("elements", layout.elements())];
        Parallel.each(layout.batch(), s -> {
            long tau = samples.threshold(s, layout.rank());
            boolean all = layout.rule() == RazorTies.ALL;
            long sure = samples.count(s, all ? tau : tau + 1);
            RazorArguments.fits(sure, layout);
            long ties = all ? Long.MAX_VALUE : layout.room() - sure;
            double[] numbers = new double[Sizes.exact("elements of a sample", layout.room())];
            int count = 0;
            for (long i = s * layout.perSample(); i < (s + 1) * layout.perSample(); i++) {
                long key = samples.key(i);
                if ((key > tau || key == tau && ties-- > 0) && (all || key != 0)) {
                    kept[(int) i] = 1;
                    numbers[count++] = samples.value(i);
                }
            }
            store.write(s, numbers, count);
        });
        PackedBits.mask(bitmap).store(0, kept);
    }

    @Override
    public void decompress(RazorLayout layout, INDArray bitmap, INDArray values, INDArray ranges, INDArray out) {
        RazorArguments.stored(out, layout, bitmap, values, ranges);
        Values to = Values.of(out);
        thickened(layout, bitmap, values, ranges, to::set);
    }

    @FunctionalInterface
    private interface Element {
        void put(long index, double value);
    }

    private static void thickened(
            RazorLayout layout, INDArray bitmap, INDArray values, INDArray ranges, Element element) {
        PackedBits kept = PackedBits.mask(bitmap);
        RazorStore store = RazorStore.of(layout, values, ranges);
        int room = Sizes.exact("elements of a sample", layout.room());
        Parallel.each(layout.batch(), s -> {
            RazorArguments.fits(kept.count(s * layout.perSample(), (s + 1) * layout.perSample()), layout);
            double[] numbers = store.read(s, room);
            int next = 0;
            for (long i = s * layout.perSample(); i < (s + 1) * layout.perSample(); i++) {
                element.put(i, kept.get(i) == 1 ? numbers[next++] : 0);
            }
        });
    }

    @Override
    public void sides(INDArray x, RazorLayout layout, INDArray bitmap, INDArray positive, INDArray means) {
        RazorArguments.sides(x, layout, bitmap, positive, means);
        PackedBits kept = PackedBits.mask(bitmap);
        Values from = Values.of(x);
        Values to = Values.of(means);
        byte[] bits = new byte[Sizes.exact("elements", layout.elements())];
        Parallel.each(layout.batch(), s -> {
            double[] sums = new double[2];
            long[] counts = new long[2];
            for (long i = s * layout.perSample(); i < (s + 1) * layout.perSample(); i++) {
                bits[(int) i] = (byte) (from.get(i) > 0 ? 1 : 0);
                if (kept.get(i) == 0) {
                    int side = 1 - bits[(int) i];
                    sums[side] += from.get(i);
                    counts[side]++;
                }
            }
            for (int side = 0; side < 2; side++) {
                to.set(2 * s + side, counts[side] == 0 ? 0 : sums[side] / counts[side]);
            }
        });
        PackedBits.mask(positive).store(0, bits);
    }

    @Override
    public void fill(RazorLayout layout, INDArray bitmap, INDArray positive, INDArray means, INDArray out) {
        RazorArguments.sides(out, layout, bitmap, positive, means);
        PackedBits kept = PackedBits.mask(bitmap);
        PackedBits up = PackedBits.mask(positive);
        Values from = Values.of(means);
        Values to = Values.of(out);
        Parallel.each(layout.batch(), s -> {
            for (long i = s * layout.perSample(); i < (s + 1) * layout.perSample(); i++) {
                if (kept.get(i) == 0) {
                    to.set(i, from.get(2 * s + 1 - up.get(i)));
                }
            }
        });
    }

    @Override
    public void weightGradient(
            RazorLayout layout,
            INDArray bitmap,
            INDArray values,
            INDArray ranges,
            INDArray dy,
            INDArray dw,
            boolean accumulate) {
        RazorArguments.weightGradient(layout, bitmap, values, ranges, dy, dw);
        PackedBits kept = PackedBits.mask(bitmap);
        RazorStore store = RazorStore.of(layout, values, ranges);
        Values from = Values.of(dy);
        Values to = Values.of(dw);
        int in = Sizes.exact("rows of dw", dw.size(0));
        int out = Sizes.exact("columns of dw", dw.size(1));
        int all = Sizes.exact("elements of dw", dw.length());
        int room = Sizes.exact("elements of a sample", layout.room());
        double[] sums = accumulate ? to.load(0, all) : new double[all];
        for (long s = 0; s < layout.batch(); s++) { // one sample at a time in memory, its numbers in their order
            long begin = s * layout.perSample();
            RazorArguments.fits(kept.count(begin, begin + layout.perSample()), layout);
            double[] numbers = store.read(s, room);
            int next = 0;
            for (long i = begin; i < begin + layout.perSample(); i++) {
                if (kept.get(i) == 1) {
                    double x = numbers[next++];
                    int row = (int) (i % in) * out;
                    for (int o = 0; o < out; o++) {
                        sums[row + o] += x * from.get(i / in * out + o);
                    }
                }
            }
        }
        to.store(0, sums);
    }

    /** Magnitudes as integers that order alike: the bits without the sign. */
    private static final class Samples {
        private final Values values;
        private final DataType type;
        private final long perSample;

        Samples(INDArray x) {
            this(x, x.length() / x.size(0));
        }

        Samples(INDArray x, long perSample) {
            this.values = Values.of(x);
            this.type = x.dataType();
            this.perSample = perSample;
        }

        double value(long i) {
            return values.get(i);
        }

        long key(long i) {
            double v = values.get(i);
            return switch (type) {
                case DOUBLE -> Double.doubleToRawLongBits(v) & Long.MAX_VALUE;
                case FLOAT -> Float.floatToRawIntBits((float) v) & Integer.MAX_VALUE;
                default -> HalfFloat.toBits(v) & Short.MAX_VALUE;
            };
        }

        double magnitude(long key) {
            return switch (type) {
                case DOUBLE -> Double.longBitsToDouble(key);
                case FLOAT -> Float.intBitsToFloat((int) key);
                default -> HalfFloat.toDouble((short) key);
            };
        }

        /** Key of the k-th smallest, digit after digit from the highest: a histogram of those that agree so far. */
        long threshold(long s, long k) {
            long prefix = 0;
            long rest = k;
            for (int shift = (type.width() - 2) * 8; shift >= 0; shift -= DIGIT) {
                long[] histogram = new long[1 << DIGIT];
                for (long i = s * perSample; i < (s + 1) * perSample; i++) {
                    long key = key(i);
                    if (shift + DIGIT == type.width() * 8 || key >>> shift + DIGIT == prefix) {
                        histogram[(int) (key >>> shift & (1 << DIGIT) - 1)]++;
                    }
                }
                int digit = 0;
                while (rest > histogram[digit]) {
                    rest -= histogram[digit++];
                }
                prefix = prefix << DIGIT | digit;
            }
            return prefix;
        }

        long count(long s, long from) {
            long count = 0;
            for (long i = s * perSample; i < (s + 1) * perSample; i++) {
                count += key(i) >= from ? 1 : 0;
            }
            return count;
        }
    }
}
