package org.revlayers.parallel;

import java.util.List;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.api.Model;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A network that trains in replicas.
 *
 * @param name  of what is in it
 * @param make  an initialised network
 * @param batch by number
 */
record Replicated(String name, Supplier<Model> make, IntFunction<DataSet> batch) {

    static final int CLASSES = 3;
    private static final int SIZE = 4;

    /** Batches from a number on, of a type. */
    static IntFunction<DataSet> batches(DataType type, long... example) {
        return number -> {
            long[] shape = new long[example.length + 1];
            shape[0] = SIZE;
            System.arraycopy(example, 0, shape, 1, example.length);
            int length = (int) java.util.Arrays.stream(shape).reduce(1, (a, b) -> a * b);
            double[] values = IntStream.range(0, length)
                    .mapToDouble(i -> Math.sin(0.7 + 1.3 * i + 0.011 * i * i + 2.1 * number))
                    .toArray();
            INDArray labels = Nd4j.zeros(type, SIZE, CLASSES);
            for (int i = 0; i < SIZE; i++) {
                labels.putScalar(i, (i * 2 + number) % CLASSES, 1);
            }
            return new DataSet(Nd4j.createFromArray(values).reshape(shape).castTo(type), labels);
        };
    }

    /** Batches for some rounds. */
    List<DataSet> rounds(int count) {
        return IntStream.range(0, count * Workers.COUNT).mapToObj(batch).toList();
    }

    @Override
    public String toString() {
        return name;
    }
}
