package org.revlayers.internal.kernel.linear;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.Buffers;
import org.revlayers.internal.kernel.Parallel;
import org.revlayers.internal.kernel.Sizes;
import org.revlayers.internal.kernel.Values;

/** The portable twin. */
final class JavaLinear implements LinearKernels {

    @Override
    public void addBias(INDArray x, INDArray bias) {
        Values values = Values.of(x);
        Values added = Values.of(bias);
        long cols = added.length();
        Parallel.chunks(values.length(), (from, count) -> {
            for (long k = from; k < from + count; k++) {
                values.set(k, values.compute(values.get(k) + added.get(k % cols)));
            }
        });
    }

    @Override
    public void columnSums(INDArray x, INDArray out) {
        Values values = Values.of(x);
        int cols = Sizes.exact("columns", Buffers.cols(x));
        double[] sums = new double[cols];
        for (long from = 0; from < values.length(); from += cols) {
            for (int i = 0; i < cols; i++) {
                sums[i] += values.get(from + i);
            }
        }
        Values.of(out).store(0, sums);
    }

    @Override
    public void scatterAdd(INDArray x, int[] at, INDArray table) {
        Values values = Values.of(x);
        Values sums = Values.of(table);
        long cols = Buffers.cols(x);
        for (int row = 0; row < at.length; row++) {
            for (long i = 0; i < cols; i++) {
                long to = at[row] * cols + i;
                sums.set(to, sums.compute(sums.get(to) + values.get(row * cols + i)));
            }
        }
    }
}
