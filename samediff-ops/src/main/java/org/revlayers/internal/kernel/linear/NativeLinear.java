package org.revlayers.internal.kernel.linear;

import static org.revlayers.internal.kernel.Buffers.address;
import static org.revlayers.internal.kernel.Buffers.cols;
import static org.revlayers.internal.kernel.Buffers.rows;
import static org.revlayers.internal.kernel.NativeCall.run;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.NativeLibrary;

/** The fp32 twin in C++: {@code linear.h}. */
final class NativeLinear implements LinearKernels {

    @Override
    public void addBias(INDArray x, INDArray bias) {
        run(() -> NativeLibrary.rl_add_bias(address(x), address(bias), rows(x), cols(x)));
    }

    @Override
    public void columnSums(INDArray x, INDArray out) {
        run(() -> NativeLibrary.rl_column_sums(address(x), address(out), rows(x), cols(x)));
    }

    @Override
    public void scatterAdd(INDArray x, int[] at, INDArray table) {
        run(() -> NativeLibrary.rl_scatter_add(address(x), at, address(table), rows(x), cols(x)));
    }
}
