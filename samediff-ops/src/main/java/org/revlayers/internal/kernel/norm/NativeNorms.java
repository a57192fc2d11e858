package org.revlayers.internal.kernel.norm;

import static org.revlayers.internal.kernel.Buffers.address;
import static org.revlayers.internal.kernel.Buffers.cols;
import static org.revlayers.internal.kernel.Buffers.rows;
import static org.revlayers.internal.kernel.NativeCall.run;

import org.revlayers.function.Norm;
import org.revlayers.internal.kernel.NativeLibrary;

/** The fp32 twin in C++: {@code norm.h}. */
final class NativeNorms implements NormKernels {

    @Override
    public void forward(NormForward call) {
        NormInput in = call.in();
        run(() -> NativeLibrary.rl_norm(
                call.kind() == Norm.LAYER,
                (float) call.eps(),
                address(in.x()),
                address(in.bias()),
                address(in.residual()),
                address(in.sum()),
                address(call.gamma()),
                address(call.beta()),
                address(call.y()),
                address(call.mean()),
                address(call.rstd()),
                rows(in.x()),
                cols(in.x())));
    }

    @Override
    public void replay(NormReplay call) {
        run(() -> NativeLibrary.rl_norm_replay(
                address(call.x()),
                address(call.mean()),
                address(call.rstd()),
                address(call.gamma()),
                address(call.beta()),
                address(call.y()),
                rows(call.x()),
                cols(call.x())));
    }

    @Override
    public void backward(NormBackward call) {
        run(() -> NativeLibrary.rl_norm_backward(
                call.kind() == Norm.LAYER,
                call.fromInput(),
                address(call.kept()),
                address(call.mean()),
                address(call.rstd()),
                address(call.gamma()),
                address(call.dy()),
                address(call.residual()),
                address(call.dx()),
                address(call.dGamma()),
                address(call.dBeta()),
                rows(call.kept()),
                cols(call.kept())));
    }
}
