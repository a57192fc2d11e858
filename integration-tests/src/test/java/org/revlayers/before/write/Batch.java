package org.revlayers.before.write;

import java.util.HashMap;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.revlayers.before.Results;

/**
 * What goes into a network.
 *
 * @param arrays by the names that {@link Results} knows
 */
record Batch(Map<String, INDArray> arrays) {

    static final int ROWS = 2;
    static final int CLASSES = 3;

    /** Two examples with values in [−1, 1], sixteenths, and a class each. */
    static Batch of(DataType type, long... shapeOfOne) {
        long[] shape = new long[shapeOfOne.length + 1];
        shape[0] = ROWS;
        System.arraycopy(shapeOfOne, 0, shape, 1, shapeOfOne.length);
        Nd4j.getRandom().setSeed(11);
        INDArray x = sixteenths(Nd4j.rand(DataType.DOUBLE, shape)).castTo(type);
        return of(x, Nd4j.createFromArray(new double[][] {{1, 0, 0}, {0, 0, 1}}).castTo(type));
    }

    static Batch of(DataType type, INDArray x) {
        return of(x, Nd4j.createFromArray(new double[][] {{1, 0, 0}, {0, 0, 1}}).castTo(type));
    }

    static Batch of(INDArray x, INDArray labels) {
        Map<String, INDArray> arrays = new HashMap<>();
        arrays.put(Results.FEATURES, x);
        if (labels != null) {
            arrays.put(Results.LABELS, labels);
        }
        return new Batch(arrays);
    }

    static Batch floats(long... shapeOfOne) {
        return of(DataType.FLOAT, shapeOfOne);
    }

    /** From [0, 1] to [−1, 1]: short numbers make small files. */
    static INDArray sixteenths(INDArray x) {
        return Transforms.round(x.muli(32)).divi(16).subi(1);
    }

    Batch masked(INDArray mask) {
        Map<String, INDArray> more = new HashMap<>(arrays);
        more.put(Results.FEATURES_MASK, mask);
        return new Batch(more);
    }
}
