package org.revlayers.internal.kernel.stream;

import static org.revlayers.internal.kernel.Buffers.address;
import static org.revlayers.internal.kernel.NativeCall.run;
import static org.revlayers.internal.kernel.NativeCall.told;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.NativeLibrary;

/** The twin in C++ for fp32 values and for integers: {@code stream.h}. */
final class NativeStreams implements StreamKernels {

    /** Elements of a sample. */
    private static final int WORTH_A_CALL = 2048;

    private static final JavaStreams JAVA = new JavaStreams();

    @Override
    public long start(INDArray x, int scale, INDArray X) {
        return told(() -> NativeLibrary.rl_stream_start(address(x), Math.scalb(1.0, scale), address(X), x.length()));
    }

    @Override
    public void values(INDArray X, int scale, INDArray x) {
        run(() -> NativeLibrary.rl_stream_values(address(X), Math.scalb(1.0, -scale), address(x), x.length()));
    }

    @Override
    public void scale(INDArray X, int b, int q, INDArray Y) {
        run(() -> NativeLibrary.rl_stream_scale(address(X), (double) b / q, address(Y), X.length()));
    }

    @Override
    public long couple(Coupling call) {
        boolean kept = call.side() != null;
        return told(() -> NativeLibrary.rl_stream_couple(
                address(call.f()),
                address(call.X()),
                address(call.Y()),
                (double) call.a() / call.q(),
                (double) call.b() / call.q(),
                kept ? (double) call.q() / call.b() : 0,
                Math.scalb(1.0, call.scale()),
                kept ? StreamKernels.sideBits(call.b(), call.q()) : 0,
                address(call.side()),
                address(call.next()),
                call.f().length()));
    }

    @Override
    public void restoreInput(InputRestore call) {
        run(() -> NativeLibrary.rl_stream_restore_input(
                address(call.Yp()),
                address(call.side()),
                StreamKernels.sideBits(call.b(), call.q()),
                (double) call.q() / call.b(),
                Math.scalb(1.0, -call.scale()),
                address(call.x()),
                call.Yp().length()));
    }

    @Override
    public void restorePrevious(PreviousRestore call) {
        run(() -> NativeLibrary.rl_stream_restore_previous(
                address(call.Xp()),
                address(call.X()),
                address(call.f()),
                (double) call.a() / call.q(),
                Math.scalb(1.0, call.scale()),
                call.f().length()));
    }

    @Override
    public long checksum(INDArray X) {
        return told(() -> NativeLibrary.rl_stream_checksum(
                address(X), X.length() * X.dataType().width()));
    }

    @Override
    public void sum(StreamSum call) {
        run(() -> NativeLibrary.rl_stream_sum(
                address(call.f()),
                (float) call.alpha(),
                address(call.alpha() == 0 ? null : call.x()),
                (float) call.beta(),
                address(call.beta() == 0 ? null : call.y()),
                address(call.out()),
                call.f().length()));
    }

    /** In C++ run by run; in Java, the same bits, where samples are small beside what a call takes. */
    @Override
    public void sum(SampleSum call) {
        if (call.each() < WORTH_A_CALL) {
            JAVA.sum(call);
            return;
        }
        long each = call.each() * Float.BYTES;
        call.runs((from, to, alpha, beta) -> run(() -> NativeLibrary.rl_stream_sum(
                address(call.f()) + from * each,
                (float) alpha,
                alpha == 0 ? 0 : address(call.x()) + from * each,
                (float) beta,
                beta == 0 ? 0 : address(call.y()) + from * each,
                address(call.out()) + from * each,
                (to - from) * call.each())));
    }

    /** In Java: half of an array's integers once, of which memory is the limit. */
    @Override
    public void negate(INDArray X, boolean... samples) {
        JAVA.negate(X, samples);
    }

    @Override
    public void difference(INDArray y, INDArray f, double alpha, INDArray x, INDArray out) {
        run(() -> NativeLibrary.rl_stream_difference(
                address(y), address(f), (float) alpha, address(alpha == 0 ? null : x), address(out), f.length()));
    }
}
