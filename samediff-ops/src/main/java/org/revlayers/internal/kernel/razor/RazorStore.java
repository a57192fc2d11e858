package org.revlayers.internal.kernel.razor;

import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.ShortPointer;
import org.bytedeco.javacpp.indexer.ByteIndexer;
import org.bytedeco.javacpp.indexer.ShortIndexer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.HalfFloat;
import org.revlayers.internal.kernel.Values;
import org.revlayers.keep.RazorValues;

/** The slots of kept values, in one of the {@link RazorValues}: how a slot is written from numbers and read back. */
abstract class RazorStore {

    final RazorLayout layout;

    private final INDArray owner; // held so that the memory outlives the accessor

    RazorStore(RazorLayout layout, INDArray owner) {
        this.layout = layout;
        this.owner = owner;
    }

    /** Writes {@code count} numbers to the slot of a sample; the rest of the slot becomes 0. */
    abstract void write(long sample, double[] numbers, int count);

    /** The number at place {@code i} of a sample's slot. */
    abstract double get(long sample, int i);

    /** Reads the first {@code count} numbers of a sample's slot. */
    final double[] read(long sample, int count) {
        double[] numbers = new double[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = get(sample, i);
        }
        return numbers;
    }

    static RazorStore of(RazorArrays arrays) {
        RazorLayout layout = arrays.layout();
        return switch (layout.values()) {
            case FULL -> new Same(layout, arrays.values());
            case FP16 -> new Shorts(layout, arrays.values(), true);
            case BF16 -> new Shorts(layout, arrays.values(), false);
            case INT8 -> new Levels(layout, arrays.values(), arrays.ranges());
        };
    }

    private static final class Same extends RazorStore {
        private final Values values;

        Same(RazorLayout layout, INDArray values) {
            super(layout, values);
            this.values = Values.of(values);
        }

        @Override
        void write(long sample, double[] numbers, int count) {
            for (long i = 0; i < layout.room(); i++) {
                values.set(sample * layout.room() + i, i < count ? numbers[(int) i] : 0);
            }
        }

        @Override
        double get(long sample, int i) {
            return values.get(sample * layout.room() + i);
        }
    }

    private static final class Shorts extends RazorStore {
        private static final double LARGEST_HALF = 65504;

        private final ShortIndexer values;
        private final boolean half;

        Shorts(RazorLayout layout, INDArray values, boolean half) {
            super(layout, values);
            this.values =
                    ShortIndexer.create(new ShortPointer(values.data().addressPointer()).capacity(values.length()));
            this.half = half;
        }

        @Override
        void write(long sample, double[] numbers, int count) {
            for (long i = 0; i < layout.room(); i++) {
                values.put(sample * layout.room() + i, i < count ? bits(numbers[(int) i]) : 0);
            }
        }

        private short bits(double number) {
            if (!half) {
                return brainBits((float) number);
            }
            boolean beyond = Math.abs(number) > LARGEST_HALF && !Double.isInfinite(number);
            if (beyond) {
                Saturation.tell();
            }
            return HalfFloat.toBits(beyond ? Math.copySign(LARGEST_HALF, number) : number);
        }

        /** The upper half of the fp32 number, rounded to nearest, ties to even. */
        private static short brainBits(float number) {
            int bits = Float.floatToRawIntBits(number);
            return (short) (Float.isNaN(number) ? bits >>> 16 | 0x40 : bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
        }

        @Override
        double get(long sample, int i) {
            short bits = values.get(sample * layout.room() + i);
            return half ? HalfFloat.toDouble(bits) : Float.intBitsToFloat(bits << 16);
        }
    }

    /** All arithmetic in fp32, one rounding each. */
    private static final class Levels extends RazorStore {
        private static final float STEPS = 255;
        private static final int LOWEST = -128;

        private final ByteIndexer codes;
        private final Values ranges;

        Levels(RazorLayout layout, INDArray values, INDArray ranges) {
            super(layout, values);
            this.codes = ByteIndexer.create(new BytePointer(values.data().addressPointer()).capacity(values.length()));
            this.ranges = Values.of(ranges);
        }

        @Override
        void write(long sample, double[] numbers, int count) {
            for (int group = 0; group < layout.groupsPerSample(); group++) {
                int from = group * layout.group();
                int to = (int) Math.min(layout.room(), from + layout.group());
                writeGroup(sample, group, numbers, from, Math.max(from, Math.min(to, count)), to);
            }
        }

        private void writeGroup(long sample, int group, double[] numbers, int from, int used, int to) {
            float min = 0;
            float max = 0;
            boolean broken = false;
            for (int i = from; i < used; i++) {
                float v = (float) numbers[i];
                min = i == from ? v : Math.min(min, v);
                max = i == from ? v : Math.max(max, v);
                broken |= Float.isNaN(v) || Float.isInfinite(v);
            }
            float step = broken ? Float.NaN : (max - min) / STEPS;
            long range = 2 * (sample * layout.groupsPerSample() + group);
            ranges.set(range, broken ? Float.NaN : min);
            ranges.set(range + 1, step);
            for (int i = from; i < to; i++) {
                boolean zero = i >= used || broken;
                int level = zero ? 0 : step == 0 ? LOWEST : LOWEST + (int) Math.rint(((float) numbers[i] - min) / step);
                codes.put(sample * layout.room() + i, (byte) Math.min(level, -1 - LOWEST));
            }
        }

        @Override
        double get(long sample, int i) {
            long range = 2 * (sample * layout.groupsPerSample() + i / layout.group());
            float above = (codes.get(sample * layout.room() + i) - LOWEST) * (float) ranges.get(range + 1);
            return (float) ranges.get(range) + above;
        }
    }
}
