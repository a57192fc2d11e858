package org.revlayers.internal.kernel;

import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.ShortPointer;
import org.bytedeco.javacpp.indexer.DoubleIndexer;
import org.bytedeco.javacpp.indexer.FloatIndexer;
import org.bytedeco.javacpp.indexer.ShortIndexer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The elements of a contiguous FLOAT, DOUBLE or HALF array, counted from its first one, read and written as doubles. */
public abstract sealed class Values {

    /** Held so that the memory outlives the accessor. */
    private final INDArray owner;

    private Values(INDArray owner) {
        this.owner = owner;
    }

    /** The array's elements, or null for null. */
    public static Values of(INDArray array) {
        if (array == null) {
            return null;
        }
        return switch (array.dataType()) {
            case FLOAT -> new Singles(array);
            case DOUBLE -> new Doubles(array);
            case HALF -> new Halves(array);
            default -> throw new IllegalArgumentException(
                    "kernels compute on FLOAT, DOUBLE or HALF; got " + Buffers.describe(array) + ": call castTo first");
        };
    }

    public abstract double get(long index);

    /** Rounds to nearest even once and writes. */
    public abstract void set(long index, double value);

    /** What {@code value} becomes in the type that sums and comparisons are made in: fp32 for FLOAT and HALF. */
    public double compute(double value) {
        return (float) value;
    }

    /** What {@code value} reads as after it was stored. */
    public double stored(double value) {
        return (float) value;
    }

    public final long length() {
        return owner.length();
    }

    public final double[] load(long from, int count) {
        double[] values = new double[count];
        for (int i = 0; i < count; i++) {
            values[i] = get(from + i);
        }
        return values;
    }

    public final void store(long from, double[] values) {
        for (int i = 0; i < values.length; i++) {
            set(from + i, values[i]);
        }
    }

    private static Pointer pointer(INDArray array) {
        return array.data().addressPointer();
    }

    private static final class Singles extends Values {
        private final FloatIndexer data;

        private Singles(INDArray array) {
            super(array);
            data = FloatIndexer.create(new FloatPointer(pointer(array)).capacity(array.length()));
        }

        @Override
        public double get(long index) {
            return data.get(index);
        }

        @Override
        public void set(long index, double value) {
            data.put(index, (float) value);
        }
    }

    private static final class Doubles extends Values {
        private final DoubleIndexer data;

        private Doubles(INDArray array) {
            super(array);
            data = DoubleIndexer.create(new DoublePointer(pointer(array)).capacity(array.length()));
        }

        @Override
        public double get(long index) {
            return data.get(index);
        }

        @Override
        public void set(long index, double value) {
            data.put(index, value);
        }

        @Override
        public double compute(double value) {
            return value;
        }

        @Override
        public double stored(double value) {
            return value;
        }
    }

    private static final class Halves extends Values {
        private final ShortIndexer data;

        private Halves(INDArray array) {
            super(array);
            data = ShortIndexer.create(new ShortPointer(pointer(array)).capacity(array.length()));
        }

        @Override
        public double get(long index) {
            return HalfFloat.toDouble(data.get(index));
        }

        @Override
        public void set(long index, double value) {
            data.put(index, HalfFloat.toBits(value));
        }

        @Override
        public double stored(double value) {
            return HalfFloat.toDouble(HalfFloat.toBits(value));
        }
    }
}
