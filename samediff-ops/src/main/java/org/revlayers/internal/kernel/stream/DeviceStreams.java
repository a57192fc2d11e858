package org.revlayers.internal.kernel.stream;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.Sizes;
import org.revlayers.internal.kernel.device.Device;
import org.revlayers.internal.kernel.device.DeviceNumber;
import org.revlayers.internal.kernel.device.Launch;

/** The twin on a device for fp32 values and for integers: {@code stream.h} of {@code src/main/cuda}. */
record DeviceStreams(Device device) implements StreamKernels {

    @Override
    public long start(INDArray x, int scale, INDArray X) {
        long n = x.length();
        return fitting(DeviceNumber.of(device, most -> Launch.of("stream_start")
                .in(x)
                .out(X)
                .fp32(unit(scale))
                .whole(n)
                .out(most)
                .elementwise(device, n)));
    }

    @Override
    public void values(INDArray X, int scale, INDArray x) {
        long n = x.length();
        Launch.of("stream_values").in(X).out(x).fp32(unit(-scale)).whole(n).elementwise(device, n);
    }

    @Override
    public void scale(INDArray X, int b, int q, INDArray Y) {
        long n = X.length();
        Launch.of("stream_scale").in(X).out(Y).whole(b, shift(q), n).elementwise(device, n);
    }

    @Override
    public long couple(Coupling call) {
        long n = call.f().length();
        int width = call.side() == null ? 0 : StreamKernels.sideBits(call.b(), call.q());
        return fitting(DeviceNumber.of(device, most -> Launch.of("stream_couple")
                .in(call.f())
                .out(call.X(), call.Y(), call.side(), call.next())
                .whole(call.a(), call.b(), shift(call.q()))
                .fp32(unit(call.scale()))
                .fp32(unit(-call.scale()))
                .whole(width, n)
                .out(most)
                .elementwise(device, n)));
    }

    @Override
    public void restoreInput(InputRestore call) {
        long n = call.Yp().length();
        Launch.of("stream_restore_input")
                .out(call.Yp())
                .in(call.side())
                .out(call.x())
                .whole(call.b(), shift(call.q()), StreamKernels.sideBits(call.b(), call.q()))
                .fp32(unit(-call.scale()))
                .whole(n)
                .elementwise(device, n);
    }

    @Override
    public void restorePrevious(PreviousRestore call) {
        long n = call.f().length();
        Launch.of("stream_restore_previous")
                .out(call.Xp())
                .in(call.X(), call.f())
                .whole(call.a(), shift(call.q()))
                .fp32(unit(call.scale()))
                .whole(n)
                .elementwise(device, n);
    }

    @Override
    public long checksum(INDArray X) {
        long bytes = X.length() * X.dataType().width();
        return DeviceNumber.of(device, sum -> Launch.of("stream_checksum")
                .in(X)
                .whole(bytes)
                .out(sum)
                .elementwise(device, Sizes.pieces(bytes, Long.BYTES)));
    }

    @Override
    public void sum(StreamSum call) {
        long n = call.f().length();
        Launch.of("stream_sum")
                .in(call.f(), call.alpha() == 0 ? null : call.x(), call.beta() == 0 ? null : call.y())
                .out(call.out())
                .fp32(call.alpha())
                .fp32(call.beta())
                .whole(n)
                .elementwise(device, n);
    }

    @Override
    public void difference(INDArray y, INDArray f, double alpha, INDArray x, INDArray out) {
        long n = f.length();
        Launch.of("stream_difference")
                .in(y, f, alpha == 0 ? null : x)
                .out(out)
                .fp32(alpha)
                .whole(n)
                .elementwise(device, n);
    }

    private static double unit(int scale) {
        return Math.scalb(1.0, scale);
    }

    /** log₂ q. */
    private static int shift(int q) {
        return Integer.numberOfTrailingZeros(q);
    }

    private static long fitting(long most) {
        return most <= Integer.MAX_VALUE ? most : Long.MAX_VALUE;
    }
}
