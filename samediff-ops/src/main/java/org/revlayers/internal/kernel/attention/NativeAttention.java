package org.revlayers.internal.kernel.attention;

import static org.revlayers.internal.kernel.Buffers.address;
import static org.revlayers.internal.kernel.Buffers.cols;
import static org.revlayers.internal.kernel.Buffers.rows;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.NativeCall;
import org.revlayers.internal.kernel.NativeLibrary;

/** The fp32 twin in C++: {@code attention.h}, {@code softmax.h}. */
final class NativeAttention implements AttentionKernels {

    @Override
    public void forward(AttentionForward call) {
        run(NativeLibrary::rl_attention, call, views(call.q(), call.k(), call.v(), call.out()));
    }

    @Override
    public void backward(AttentionBackward call) {
        AttentionForward of = call.forward();
        run(
                NativeLibrary::rl_attention_backward,
                of,
                views(of.q(), of.k(), of.v(), of.out(), call.dOut(), call.dq(), call.dk(), call.dv()));
    }

    /** The arguments that both passes of the library have; only the views are more in backward. */
    @FunctionalInterface
    private interface Pass {
        void run(
                int batch,
                int heads,
                int queries,
                int keys,
                int dim,
                float scale,
                boolean causal,
                long[] views,
                long keyMask,
                long lse,
                long probs);
    }

    private static void run(Pass pass, AttentionForward of, long[] views) {
        AttentionShape shape = of.shape();
        NativeCall.run(() -> pass.run(
                shape.batch(),
                shape.heads(),
                shape.queries(),
                shape.keys(),
                shape.dim(),
                (float) shape.scale(),
                shape.causal(),
                views,
                address(of.keyMask()),
                address(of.lse()),
                address(of.probs())));
    }

    @Override
    public void softmax(INDArray x, INDArray y) {
        NativeCall.run(() -> NativeLibrary.rl_softmax(address(x), address(y), rows(x), cols(x)));
    }

    @Override
    public void softmaxBackward(INDArray y, INDArray dy, INDArray dx) {
        NativeCall.run(() -> NativeLibrary.rl_softmax_backward(address(y), address(dy), address(dx), rows(y), cols(y)));
    }

    /** Four numbers a view: the address of its first vector, and its strides. */
    private static long[] views(HeadView... heads) {
        long[] views = new long[4 * heads.length];
        for (int i = 0; i < heads.length; i++) {
            HeadView h = heads[i];
            views[4 * i] = address(h.array()) + h.offset() * Float.BYTES;
            views[4 * i + 1] = h.batchStride();
            views[4 * i + 2] = h.headStride();
            views[4 * i + 3] = h.tokenStride();
        }
        return views;
    }
}
