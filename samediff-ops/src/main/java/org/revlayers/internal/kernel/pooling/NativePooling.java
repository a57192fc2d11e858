package org.revlayers.internal.kernel.pooling;

import static org.revlayers.internal.kernel.Buffers.address;
import static org.revlayers.internal.kernel.NativeCall.run;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.NativeLibrary;

/** The kernels of the native library, for FLOAT. */
final class NativePooling implements PoolingKernels {

    @Override
    public void max(Windows windows, INDArray x, INDArray y, INDArray places) {
        run(() -> NativeLibrary.rl_max_pool(address(x), address(y), address(places), windows.numbers()));
    }

    @Override
    public void maxBackward(Windows windows, INDArray dy, INDArray places, INDArray dx) {
        run(() -> NativeLibrary.rl_max_pool_backward(address(dy), address(places), address(dx), windows.numbers()));
    }
}
