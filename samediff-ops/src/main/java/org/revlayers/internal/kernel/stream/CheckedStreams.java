package org.revlayers.internal.kernel.stream;

import static org.revlayers.internal.kernel.Buffers.apart;
import static org.revlayers.internal.kernel.Buffers.required;

import lombok.RequiredArgsConstructor;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.Buffers;
import org.revlayers.internal.kernel.device.Twins;

/** Checks the arguments, then calls the twin for the values' type; the fast one where there are none. */
@RequiredArgsConstructor
final class CheckedStreams implements StreamKernels {

    static final StreamKernels CHOSEN = new CheckedStreams(Twins.chosen(
            StreamKernels.class, NativeStreams::new, JavaStreams::new, (device, host) -> new DeviceStreams(device)));

    private final Twins<StreamKernels> twins;

    @Override
    public long start(INDArray x, int scale, INDArray X) {
        pair(x, scale, X);
        return twins.of(x).start(x, scale, X);
    }

    @Override
    public void values(INDArray X, int scale, INDArray x) {
        pair(x, scale, X);
        twins.of(x).values(X, scale, x);
    }

    private static void pair(INDArray x, int scale, INDArray X) {
        Buffers.values("x", x);
        StreamArguments.scale(scale);
        required("X", X, x.length(), DataType.INT32);
        apart("X", X, "x", x);
    }

    @Override
    public void scale(INDArray X, int b, int q, INDArray Y) {
        StreamArguments.integers("X", X);
        StreamArguments.beta(b, q);
        required("Y", Y, X.length(), DataType.INT32);
        StreamArguments.sameOrApart("Y", Y, "X", X);
        twins.fast().scale(X, b, q, Y);
    }

    @Override
    public long couple(Coupling call) {
        call.check();
        return twins.of(call.f()).couple(call);
    }

    @Override
    public void restoreInput(InputRestore call) {
        call.check();
        (call.x() == null ? twins.fast() : twins.of(call.x())).restoreInput(call);
    }

    @Override
    public void restorePrevious(PreviousRestore call) {
        call.check();
        twins.of(call.f()).restorePrevious(call);
    }

    @Override
    public long checksum(INDArray X) {
        return twins.fast().checksum(Buffers.contiguous("X", X));
    }

    @Override
    public void sum(StreamSum call) {
        call.check();
        twins.of(call.f()).sum(call);
    }

    @Override
    public void sum(SampleSum call) {
        call.check();
        twins.of(call.f()).sum(call);
    }

    @Override
    public void negate(INDArray X, boolean... samples) {
        StreamArguments.integers("X", X);
        Buffers.require(
                X.rank() > 0 && X.size(0) == samples.length,
                "X must have as many samples as are told of, " + samples.length,
                X);
        twins.fast().negate(X, samples);
    }

    @Override
    public void difference(INDArray y, INDArray f, double alpha, INDArray x, INDArray out) {
        new StreamSum(f, alpha, x, 1, y, out).check();
        twins.of(f).difference(y, f, alpha, x, out);
    }
}
