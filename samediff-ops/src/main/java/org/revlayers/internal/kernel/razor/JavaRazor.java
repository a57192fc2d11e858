package org.revlayers.internal.kernel.razor;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.HalfFloat;
import org.revlayers.internal.kernel.PackedBits;
import org.revlayers.internal.kernel.Parallel;
import org.revlayers.internal.kernel.Sizes;
import org.revlayers.internal.kernel.Values;

/** The portable twin, whose bits the native one gives for FLOAT. */
final class JavaRazor implements RazorKernels {

    private static final int DIGIT = 16;

    @Override
    public void thresholds(INDArray x, long k, INDArray tau) {
        Values out = Values.of(tau);
        Samples samples = new Samples(x);
        Parallel.each(x.size(0), s -> out.set(s, samples.magnitude(samples.threshold(s, k))));
    }

    @Override
    public long largestCount(INDArray x, long k) {
        Samples samples = new Samples(x);
        long largest = 0;
        for (long s = 0; s < x.size(0); s++) {
            largest = Math.max(largest, samples.count(s, samples.threshold(s, k)));
        }
        return largest;
    }

    @Override
    public void compress(INDArray x, RazorArrays to) {
        RazorLayout layout = to.layout();
        Samples samples = new Samples(x, layout.perSample());
        RazorStore store = RazorStore.of(to);
        if (to.bitmap() == null) {
            Values from = Values.of(x);
            int all = Sizes.exact("elements of a sample", layout.perSample());
            Parallel.each(layout.batch(), s -> store.write(s, from.load(s * all, all), all));
            return;
        }
        byte[] kept = new byte[Sizes.exact("elements", layout.elements())];
        Parallel.each(layout.batch(), s -> {
            long tau = samples.threshold(s, layout.rank());
            boolean all = layout.rule() == RazorTies.ALL;
            long sure = samples.count(s, all ? tau : tau + 1);
            to.fits(sure);
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
        PackedBits.mask(to.bitmap()).store(0, kept);
    }

    @Override
    public void decompress(RazorArrays from, INDArray out) {
        Values to = Values.of(out);
        RazorLayout layout = from.layout();
        if (from.bitmap() == null) {
            RazorStore all = RazorStore.of(from);
            int count = Sizes.exact("elements of a sample", layout.perSample());
            Parallel.each(layout.batch(), s -> to.store(s * count, all.read(s, count)));
            return;
        }
        PackedBits kept = PackedBits.mask(from.bitmap());
        RazorStore store = RazorStore.of(from);
        int room = Sizes.exact("elements of a sample", layout.room());
        Parallel.each(layout.batch(), s -> {
            from.fits(kept.count(s * layout.perSample(), (s + 1) * layout.perSample()));
            double[] numbers = store.read(s, room);
            int next = 0;
            for (long i = s * layout.perSample(); i < (s + 1) * layout.perSample(); i++) {
                to.set(i, kept.get(i) == 1 ? numbers[next++] : 0);
            }
        });
    }

    @Override
    public void sides(INDArray x, RazorSides to) {
        RazorLayout layout = to.layout();
        PackedBits kept = PackedBits.mask(to.bitmap());
        Values from = Values.of(x);
        Values means = Values.of(to.means());
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
                means.set(2 * s + side, counts[side] == 0 ? 0 : sums[side] / counts[side]);
            }
        });
        PackedBits.mask(to.positive()).store(0, bits);
    }

    @Override
    public void fill(RazorSides from, INDArray out) {
        RazorLayout layout = from.layout();
        PackedBits kept = PackedBits.mask(from.bitmap());
        PackedBits up = PackedBits.mask(from.positive());
        Values means = Values.of(from.means());
        Values to = Values.of(out);
        Parallel.each(layout.batch(), s -> {
            for (long i = s * layout.perSample(); i < (s + 1) * layout.perSample(); i++) {
                if (kept.get(i) == 0) {
                    to.set(i, means.get(2 * s + 1 - up.get(i)));
                }
            }
        });
    }

    @Override
    public void weightGradient(RazorArrays x, RazorSides sides, INDArray dy, INDArray dw, boolean accumulate) {
        RazorLayout layout = x.layout();
        PackedBits kept = PackedBits.mask(x.bitmap());
        RazorStore store = RazorStore.of(x);
        PackedBits up = sides == null ? null : PackedBits.mask(sides.positive());
        Values means = sides == null ? null : Values.of(sides.means());
        Values from = Values.of(dy);
        Values to = Values.of(dw);
        int in = Sizes.exact("rows of dw", dw.size(0));
        int out = Sizes.exact("columns of dw", dw.size(1));
        int all = Sizes.exact("elements of dw", dw.length());
        int room = Sizes.exact("elements of a sample", layout.room());
        double[] sums = accumulate ? to.load(0, all) : new double[all];
        for (long s = 0; s < layout.batch(); s++) { // one sample at a time in memory, its numbers in their order
            long begin = s * layout.perSample();
            x.fits(kept.count(begin, begin + layout.perSample()));
            double[] numbers = store.read(s, room);
            int next = 0;
            for (long i = begin; i < begin + layout.perSample(); i++) {
                boolean isKept = kept.get(i) == 1;
                if (isKept || sides != null) {
                    double number = isKept ? numbers[next++] : means.get(2 * s + 1 - up.get(i));
                    int row = (int) (i % in) * out;
                    for (int o = 0; o < out; o++) {
                        sums[row + o] += number * from.get(i / in * out + o);
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
