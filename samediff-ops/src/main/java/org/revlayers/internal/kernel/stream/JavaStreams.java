package org.revlayers.internal.kernel.stream;

import java.util.concurrent.atomic.DoubleAccumulator;
import java.util.concurrent.atomic.LongAdder;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.indexer.ByteIndexer;
import org.bytedeco.javacpp.indexer.LongIndexer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.Parallel;
import org.revlayers.internal.kernel.Values;

/**
 * The portable twin. Floor and ceiling are integer
 * divisions here, so that the two implementations share no trick.
 */
final class JavaStreams implements StreamKernels {

    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    @Override
    public long start(INDArray x, int scale, INDArray X) {
        Values values = Values.of(x);
        Integers integers = new Integers(X);
        double unit = Math.scalb(1.0, scale);
        return largest(x.length(), (k, most) -> {
            double v = Math.rint(values.get(k) * unit);
            integers.saturate(k, v);
            return Math.max(most, Math.abs(v));
        });
    }

    @Override
    public void values(INDArray X, int scale, INDArray x) {
        Integers integers = new Integers(X);
        Values values = Values.of(x);
        double resolution = Math.scalb(1.0, -scale);
        each(x.length(), k -> values.set(k, integers.get(k) * resolution));
    }

    @Override
    public void scale(INDArray X, int b, int q, INDArray Y) {
        Integers from = new Integers(X);
        Integers to = new Integers(Y);
        each(X.length(), k -> to.set(k, (int) floor(b, from.get(k), q)));
    }

    @Override
    public long couple(Coupling call) {
        int a = call.a();
        int b = call.b();
        int q = call.q();
        Values block = Values.of(call.f());
        Values values = Values.of(call.next());
        Integers x = new Integers(call.X());
        Integers y = new Integers(call.Y());
        SideValues kept = SideValues.of(call.side(), call.side() == null ? 0 : StreamKernels.sideBits(b, q));
        double unit = Math.scalb(1.0, call.scale());
        double resolution = 1 / unit;
        DoubleAccumulator largest = new DoubleAccumulator(Math::max, 0);
        Parallel.chunks(call.f().length(), (from, count) -> {
            int[] rest = new int[kept == null ? 0 : count];
            double most = 0;
            for (int i = 0; i < count; i++) {
                long k = from + i;
                int old = x.get(k);
                double sum = Math.rint(block.get(k) * unit) + (floor(a, old, q) + y.get(k));
                long scaled = floor(b, old, q);
                y.saturate(k, sum);
                x.set(k, (int) scaled);
                if (values != null) {
                    values.set(k, y.get(k) * resolution);
                }
                if (kept != null) {
                    rest[i] = (int) (old - ceiling(q, scaled, b));
                }
                most = Math.max(most, Math.abs(sum));
            }
            if (kept != null) {
                kept.store(from, rest);
            }
            largest.accumulate(most);
        });
        return fitting(largest.get());
    }

    @Override
    public void restoreInput(InputRestore call) {
        int b = call.b();
        int q = call.q();
        Integers y = new Integers(call.Yp());
        Values values = Values.of(call.x());
        SideValues kept = SideValues.of(call.side(), StreamKernels.sideBits(b, q));
        double resolution = Math.scalb(1.0, -call.scale());
        each(call.Yp().length(), k -> {
            y.saturate(k, ceiling(q, y.get(k), b) + (kept == null ? 0 : kept.get(k)));
            if (values != null) {
                values.set(k, y.get(k) * resolution);
            }
        });
    }

    @Override
    public void restorePrevious(PreviousRestore call) {
        int a = call.a();
        int q = call.q();
        Integers sum = new Integers(call.Xp());
        Integers x = new Integers(call.X());
        Values block = Values.of(call.f());
        double unit = Math.scalb(1.0, call.scale());
        each(
                call.f().length(),
                k -> sum.saturate(k, sum.get(k) - Math.rint(block.get(k) * unit) - floor(a, x.get(k), q)));
    }

    @Override
    public long checksum(INDArray X) {
        long length = X.length() * X.dataType().width();
        long whole = length / Long.BYTES;
        LongIndexer words = LongIndexer.create(new LongPointer(X.data().addressPointer()).capacity(whole));
        ByteIndexer bytes = ByteIndexer.create(new BytePointer(X.data().addressPointer()).capacity(length));
        LongAdder sum = new LongAdder();
        Parallel.chunks(whole, (from, count) -> {
            long part = 0;
            for (long i = from; i < from + count; i++) {
                part += mix(words.get(i) + i * GOLDEN);
            }
            sum.add(part);
        });
        if (whole * Long.BYTES < length) {
            long last = 0;
            for (long i = length; i-- > whole * Long.BYTES; ) {
                last = last << Byte.SIZE | bytes.get(i) & 0xff;
            }
            sum.add(mix(last + whole * GOLDEN));
        }
        return sum.sum();
    }

    @Override
    public void sum(StreamSum call) {
        sum(new SampleSum(
                call.f(), new double[] {call.alpha()}, call.x(), new double[] {call.beta()}, call.y(), call.out()));
    }

    @Override
    public void sum(SampleSum call) {
        Values block = Values.of(call.f());
        Values x = Values.of(call.x());
        Values y = Values.of(call.y());
        Values out = Values.of(call.out());
        Parallel.chunks(call.f().length(), (from, count) -> {
            for (long k = from; k < from + count; ) {
                int sample = (int) (k / call.each());
                double a = out.compute(call.alpha()[sample]);
                double b = out.compute(call.beta()[sample]);
                Values first = a == 0 ? null : x;
                Values second = b == 0 ? null : y;
                long end = Math.min(from + count, (sample + 1) * call.each());
                for (; k < end; k++) {
                    out.set(k, plus(plus(block.get(k), a, first, k), b, second, k));
                }
            }
        });
    }

    @Override
    public void negate(INDArray X, boolean... samples) {
        Integers integers = new Integers(X);
        long each = X.length() / samples.length;
        Parallel.each(samples.length, i -> {
            for (long k = i * each; samples[(int) i] && k < (i + 1) * each; k++) {
                integers.set(k, -integers.get(k));
            }
        });
    }

    @Override
    public void difference(INDArray y, INDArray f, double alpha, INDArray x, INDArray out) {
        Values sum = Values.of(y);
        Values block = Values.of(f);
        Values first = Values.of(alpha == 0 ? null : x);
        Values to = Values.of(out);
        double a = to.compute(alpha);
        each(f.length(), k -> to.set(k, to.compute(sum.get(k) - plus(block.get(k), a, first, k))));
    }

    private static double plus(double sum, double factor, Values values, long k) {
        return values == null ? sum : values.compute(sum + values.compute(factor * values.get(k)));
    }

    /** ⌊factor·x/divisor⌋. */
    private static long floor(int factor, long x, int divisor) {
        return Math.floorDiv(factor * x, (long) divisor);
    }

    /** ⌈factor·x/divisor⌉. */
    private static long ceiling(int factor, long x, int divisor) {
        return -Math.floorDiv(-factor * x, (long) divisor);
    }

    private static long mix(long z) {
        long first = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        long second = (first ^ first >>> 27) * 0x94D049BB133111EBL;
        return second ^ second >>> 31;
    }

    /** Does the work for one element. */
    @FunctionalInterface
    private interface Element {
        void run(long index);
    }

    /** Does the work for one element and gives the larger of {@code most} and what it met. */
    @FunctionalInterface
    private interface Reach {
        double run(long index, double most);
    }

    private static void each(long length, Element element) {
        Parallel.chunks(length, (from, count) -> {
            for (long k = from; k < from + count; k++) {
                element.run(k);
            }
        });
    }

    private static long largest(long length, Reach element) {
        DoubleAccumulator largest = new DoubleAccumulator(Math::max, 0);
        Parallel.chunks(length, (from, count) -> {
            double most = 0;
            for (long k = from; k < from + count; k++) {
                most = element.run(k, most);
            }
            largest.accumulate(most);
        });
        return fitting(largest.get());
    }

    private static long fitting(double largest) {
        return largest <= Integer.MAX_VALUE ? (long) largest : Long.MAX_VALUE;
    }
}
