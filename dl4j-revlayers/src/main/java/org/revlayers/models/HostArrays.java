package org.revlayers.models;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.factory.Nd4j;

/** Between Java's float arrays and ND4J's, and matrix products. */
final class HostArrays {

    private HostArrays() {}

    /** All values in C order. */
    static float[] floats(INDArray array) {
        INDArray c = array.castTo(DataType.FLOAT);
        if (c.ordering() != 'c' || c.isView()) {
            c = c.dup('c');
        }
        float[] out = new float[Math.toIntExact(c.length())];
        c.data().asNioFloat().get(out);
        return out;
    }

    /** An array of its own in C order; the values are not set. */
    static INDArray empty(long... shape) {
        return Nd4j.createUninitialized(DataType.FLOAT, shape, 'c');
    }

    /** {@code x w}, without a bias. */
    static INDArray product(INDArray x, INDArray w) {
        INDArray result = empty(x.size(0), w.size(1));
        Nd4j.exec(DynamicCustomOp.builder("matmul")
                .addInputs(x, w)
                .addOutputs(result)
                .build());
        return result;
    }
}
