package org.revlayers.kernel.attention;

import static org.revlayers.kernel.Buffers.address;
import static org.revlayers.kernel.Buffers.cols;
import static org.revlayers.kernel.Buffers.rows;
import static org.revlayers.kernel.NativeCall.run;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.kernel.NativeLibrary;

/** The fp32 twin in C++: {@code attention.h}, {@code softmax.h}. */
final class NativeAttention implements AttentionKernels {

    @Override
    public void forward(AttentionForward call) {
        AttentionShape shape = call.shape();
        run(() -> NativeLibrary.rl_attention(
                shape.batch(),
                shape.heads(),
                shape.queries(),
                shape.keys(),
                shape.dim(),
                (float) shape.scale(),
                shape.causal(),
                views(call.q(), call.k(), call.v(), call.out()),
                address(call.keyMask()),
                address(call.lse()),
                address(call.probs())));
    }

    @Override
    public void backward(AttentionBackward call) {
        AttentionForward of = call.forward();
        AttentionShape shape = of.shape();
        run(() -> NativeLibrary.rl_attention_backward(
                shape.batch(),
                shape.heads(),
                shape.queries(),
                shape.keys(),
                shape.dim(),
                (float) shape.scale(),
                shape.causal(),
                views(of.q(), of.k(), of.v(), of.out(), call.dOut(), call.dq(), call.dk(), call.dv()),
                address(of.keyMask()),
                address(of.lse()),
                address(of.probs())));
    }

    @Override
    public void softmax(INDArray x, INDArray y) {
        run(() -> NativeLibrary.rl_softmax(address(x), address(y), rows(x), cols(x)));
    }

    @Override
    public void softmaxBackward(INDArray y, INDArray dy, INDArray dx) {
        run(() -> NativeLibrary.rl_softmax_backward(address(y), address(dy), address(dx), rows(y), cols(y)));
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
