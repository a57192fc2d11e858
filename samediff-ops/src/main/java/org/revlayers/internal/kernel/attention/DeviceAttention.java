package org.revlayers.internal.kernel.attention;

import static org.revlayers.internal.kernel.Buffers.cols;
import static org.revlayers.internal.kernel.Buffers.rows;
import static org.revlayers.internal.kernel.Sizes.pieces;
import static org.revlayers.internal.kernel.device.Launch.WARP;

import lombok.RequiredArgsConstructor;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.Buffers;
import org.revlayers.internal.kernel.device.Device;
import org.revlayers.internal.kernel.device.DeviceScratch;
import org.revlayers.internal.kernel.device.Launch;

/** The fp32 twin on a device: {@code attention.h}, {@code attention_backward.h}, {@code softmax.h} of {@code src/main/cuda}. */
@RequiredArgsConstructor
final class DeviceAttention implements AttentionKernels {

    /** Features of a head that the kernels have room for; wider ones run on the host. */
    private static final int WIDEST = 128;

    /** Longer rows have a block each. */
    private static final int SHORT = 1024;

    private final Device device;
    private final AttentionKernels host;

    @Override
    public void forward(AttentionForward call) {
        AttentionShape shape = call.shape();
        if (shape.dim() > WIDEST) {
            host.forward(call);
            return;
        }
        Launch launch = Launch.of("attention_" + room(shape));
        read(launch, call.q(), kept(call.k(), call.out()), kept(call.v(), call.out()));
        write(launch, call.out());
        launch.in(call.keyMask()).out(call.lse(), call.probs());
        eachTile(launch, shape, shape.queries());
    }

    @Override
    public void backward(AttentionBackward call) {
        AttentionForward of = call.forward();
        AttentionShape shape = of.shape();
        if (shape.dim() > WIDEST) {
            host.backward(call);
            return;
        }
        long queries = (long) shape.batch() * shape.heads() * shape.queries();
        INDArray deltas = DeviceScratch.of(DataType.FLOAT, queries, 0);
        Launch launch = Launch.of("attention_deltas");
        read(launch, of.out(), call.dOut());
        launch.out(deltas)
                .whole(shape.batch(), shape.heads(), shape.queries(), shape.keys(), shape.dim())
                .over(device, queries * WARP);

        launch = Launch.of("attention_queries_backward_" + room(shape));
        read(launch, of.q(), of.k(), of.v(), call.dOut());
        write(launch, call.dq());
        launch.in(of.keyMask(), of.lse(), of.probs(), deltas);
        eachTile(launch, shape, shape.queries());

        launch = Launch.of("attention_keys_backward_" + room(shape));
        read(launch, of.q(), of.k(), of.v(), call.dOut());
        write(launch, call.dk(), call.dv());
        launch.in(of.keyMask(), of.lse(), of.probs(), deltas);
        eachTile(launch, shape, shape.keys());
    }

    @Override
    public void softmax(INDArray x, INDArray y) {
        eachRow(Launch.of("softmax_" + length(x)).in(x).out(y), x);
    }

    @Override
    public void softmaxBackward(INDArray y, INDArray dy, INDArray dx) {
        eachRow(Launch.of("softmax_backward_" + length(y)).in(y, dy).out(dx), y);
    }

    private static String length(INDArray x) {
        return cols(x) <= SHORT ? "short" : "long";
    }

    /** A warp for each short row, a block for each long one. */
    private void eachRow(Launch launch, INDArray x) {
        launch.whole(rows(x), cols(x));
        if (cols(x) <= SHORT) {
            launch.over(device, rows(x) * WARP);
        } else {
            launch.blocks(device, rows(x), Launch.THREADS);
        }
    }

    /** The keys or values, or a copy where the output would overwrite what other blocks still read. A block's own queries it reads before. */
    private static HeadView kept(HeadView read, HeadView written) {
        return Buffers.overlap(read.array(), written.array())
                ? read.withArray(read.array().dup('c'))
                : read;
    }

    /** The features that a kernel has room for: the least that is enough. */
    private static int room(AttentionShape shape) {
        return shape.dim() <= 32 ? 32 : shape.dim() <= 64 ? 64 : WIDEST;
    }

    /** A block for each tile of each head's tokens: 64 tokens, or 32 wide ones, 16 for a warp. */
    private void eachTile(Launch launch, AttentionShape shape, int tokens) {
        int rows = room(shape) == WIDEST ? 32 : 64;
        launch.whole(shape.heads(), shape.queries(), shape.keys(), shape.dim())
                .fp32(shape.scale())
                .flag(shape.causal())
                .blocks(device, (long) shape.batch() * shape.heads() * pieces(tokens, rows), rows / 16 * WARP);
    }

    private static void read(Launch launch, HeadView... views) {
        each(launch, false, views);
    }

    private static void write(Launch launch, HeadView... views) {
        each(launch, true, views);
    }

    private static void each(Launch launch, boolean written, HeadView... views) {
        for (HeadView view : views) {
            launch.from(view.array(), view.offset(), written)
                    .whole(view.batchStride(), view.headStride(), view.tokenStride());
        }
    }
}
