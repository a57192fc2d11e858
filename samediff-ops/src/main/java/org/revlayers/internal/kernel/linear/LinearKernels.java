package org.revlayers.internal.kernel.linear;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.device.Device;
import org.revlayers.internal.kernel.device.Twins;

/** The bias of a linear layer, and rows of tables. Its products are {@link Gemm}'s. The rules of {@link org.revlayers.internal.kernel} hold. */
public interface LinearKernels {

    /** The fastest implementation that runs on this machine, chosen once; {@code -Drevlayers.kernels=java} forces the portable one. */
    static LinearKernels get() {
        return CheckedLinear.CHOSEN;
    }

    /** The kernels of this device, whatever this process runs. */
    static LinearKernels on(Device device) {
        return new CheckedLinear(Twins.of(new DeviceLinear(device)));
    }

    /** The portable implementation for every type: what the native one is compared with. */
    static LinearKernels portable() {
        return new CheckedLinear(Twins.portable(LinearKernels.class, new JavaLinear()));
    }

    /** x += bias over the last axis, in place. */
    void addBias(INDArray x, INDArray bias);

    /** out = Σ x over rows: the gradient of a bias. */
    void columnSums(INDArray x, INDArray out);

    /**
     * Row at[i] of the table += row i of x, in the order of i: the gradient of looking rows up. Unlike other kernels it adds to what is there, and a sum of
     * HALF is rounded with each row.
     *
     * @param at a row of the table for each row of x
     */
    void scatterAdd(INDArray x, int[] at, INDArray table);
}
