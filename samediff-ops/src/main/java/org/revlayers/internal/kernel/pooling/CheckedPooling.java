package org.revlayers.internal.kernel.pooling;

import static org.revlayers.internal.kernel.Buffers.required;

import lombok.RequiredArgsConstructor;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.Buffers;
import org.revlayers.internal.kernel.device.Twins;

/** Checks the arguments, then calls the twin for their type. */
@RequiredArgsConstructor
final class CheckedPooling implements PoolingKernels {

    /** A device has none of its own: containers leave pooling to ND4J there. */
    static final PoolingKernels CHOSEN = new CheckedPooling(
            Twins.chosen(PoolingKernels.class, NativePooling::new, JavaPooling::new, (device, host) -> host));

    static final PoolingKernels PORTABLE = new CheckedPooling(Twins.portable(PoolingKernels.class, new JavaPooling()));

    private final Twins<PoolingKernels> twins;

    @Override
    public void max(Windows windows, INDArray x, INDArray y, INDArray places) {
        Buffers.values("x", x);
        required("x", x, windows.elements(), x.dataType());
        required("y", y, windows.maxima(), x.dataType());
        Buffers.match("places", places, windows.maxima(), DataType.UINT8);
        Buffers.apart("y", y, "x", x);
        twins.of(x).max(windows, x, y, places);
    }

    @Override
    public void maxBackward(Windows windows, INDArray dy, INDArray places, INDArray dx) {
        Buffers.values("dy", dy);
        required("dy", dy, windows.maxima(), dy.dataType());
        required("places", places, windows.maxima(), DataType.UINT8);
        required("dx", dx, windows.elements(), dy.dataType());
        Buffers.apart("dx", dx, "dy", dy);
        twins.of(dy).maxBackward(windows, dy, places, dx);
    }
}
