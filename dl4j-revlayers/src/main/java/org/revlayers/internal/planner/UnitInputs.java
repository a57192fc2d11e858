package org.revlayers.internal.planner;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import lombok.RequiredArgsConstructor;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.memory.Arena;

/**
 * What units are measured with, one array for all that have a shape in common, given back when all are measured: at the batch of a training each is as large
 * as what a layer puts out, and what the collector finds too late is more than the training takes. While they are there units run in an arena of their own.
 */
@RequiredArgsConstructor
final class UnitInputs implements AutoCloseable {

    private static final double SMALL = 1e-3;

    private final DataType type;
    private final Arena.Apart apart = Arena.apart();
    private final Arena.Scratch arrays = Arena.current().scratch();
    private final Map<List<?>, INDArray> known = new HashMap<>();

    /** Of a unit; nobody writes to it. */
    INDArray input(long... shape) {
        return of(1, shape);
    }

    /** The gradient of a unit's output; nobody writes to it. */
    INDArray gradient(long... shape) {
        return of(SMALL, shape);
    }

    /** One that masks nothing. */
    INDArray mask(long... shape) {
        return known.computeIfAbsent(
                List.of(Arrays.toString(shape)), key -> arrays.take(type, shape).assign(1));
    }

    private INDArray of(double deviation, long... shape) {
        return known.computeIfAbsent(
                List.of(deviation, Arrays.toString(shape)),
                key -> Nd4j.randn(0, deviation, arrays.take(type, shape), Nd4j.getRandom()));
    }

    @Override
    public void close() {
        arrays.close();
        apart.close();
    }
}
