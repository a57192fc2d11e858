package org.revlayers.models;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.factory.Nd4j;

/** Between Java's float arrays and ND4J's, and the few heavy products that are left to ND4J. */
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

    /** {@code x w}, x is {@code [rows, in]} in C order; the bias is added row by row. */
    static float[] linear(float[] x, INDArray w, float[] bias) {
        int in = (int) w.size(0);
        int out = (int) w.size(1);
        int rows = x.length / in;
        INDArray result = Nd4j.createUninitialized(DataType.FLOAT, new long[] {rows, out}, 'c');
        Nd4j.exec(DynamicCustomOp.builder("matmul")
                .addInputs(Nd4j.create(x, new long[] {rows, in}, 'c'), w)
                .addOutputs(result)
                .build());
        float[] y = floats(result);
        if (bias != null) {
            for (int r = 0; r < rows; r++) {
                for (int c = 0; c < out; c++) {
                    y[r * out + c] += bias[c];
                }
            }
        }
        return y;
    }
}
