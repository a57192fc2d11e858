package org.revlayers.internal.kernel.linear;

import static org.revlayers.internal.kernel.Buffers.apart;
import static org.revlayers.internal.kernel.Buffers.cols;
import static org.revlayers.internal.kernel.Buffers.describe;
import static org.revlayers.internal.kernel.Buffers.required;
import static org.revlayers.internal.kernel.Buffers.rows;
import static org.revlayers.internal.kernel.Buffers.values;

import lombok.RequiredArgsConstructor;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.device.Twins;

/** Checks the arguments, then calls the twin for their type. */
@RequiredArgsConstructor
final class CheckedLinear implements LinearKernels {

    static final LinearKernels CHOSEN = new CheckedLinear(Twins.chosen(
            LinearKernels.class, NativeLinear::new, JavaLinear::new, (device, host) -> new DeviceLinear(device)));

    private final Twins<LinearKernels> twins;

    @Override
    public void addBias(INDArray x, INDArray bias) {
        required("bias", bias, cols(x), values("x", x));
        twins.of(x).addBias(x, bias);
    }

    @Override
    public void columnSums(INDArray x, INDArray out) {
        required("out", out, cols(x), values("x", x));
        apart("out", out, "x", x);
        twins.of(x).columnSums(x, out);
    }

    @Override
    public void scatterAdd(INDArray x, int[] at, INDArray table) {
        required("table", table, table.length(), values("x", x));
        apart("table", table, "x", x);
        long last = rows(table) - 1;
        if (at.length != rows(x) || cols(x) != cols(table)) {
            throw new IllegalArgumentException("each row of x needs a row of the table, of as many columns; got "
                    + describe(x) + ", " + at.length + " numbers of rows, table " + describe(table));
        }
        for (int row : at) {
            if (row < 0 || row > last) {
                throw new IllegalArgumentException("rows of the table are numbered from 0 to " + last + "; got " + row);
            }
        }
        twins.of(x).scatterAdd(x, at, table);
    }
}
