package org.revlayers.internal.kernel.linear;

import static org.revlayers.internal.kernel.Buffers.cols;
import static org.revlayers.internal.kernel.Buffers.rows;

import lombok.RequiredArgsConstructor;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.device.ColumnSums;
import org.revlayers.internal.kernel.device.Device;
import org.revlayers.internal.kernel.device.Launch;

/** The fp32 twin on a device: {@code linear.h} of {@code src/main/cuda}. */
@RequiredArgsConstructor
final class DeviceLinear implements LinearKernels {

    private final Device device;

    @Override
    public void addBias(INDArray x, INDArray bias) {
        Launch.of("add_bias").out(x).in(bias).whole(x.length(), cols(x), 1).elementwise(device, x.length());
    }

    @Override
    public void columnSums(INDArray x, INDArray out) {
        ColumnSums.run(device, x, rows(x), cols(x), out);
    }

    /** By ND4J's ops, a row at a time. */
    @Override
    public void scatterAdd(INDArray x, int[] at, INDArray table) {
        for (int i = 0; i < at.length; i++) {
            table.getRow(at[i]).addi(x.getRow(i));
        }
    }
}
