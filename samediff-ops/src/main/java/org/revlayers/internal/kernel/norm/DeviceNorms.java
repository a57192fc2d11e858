package org.revlayers.internal.kernel.norm;

import static org.revlayers.internal.kernel.device.Launch.WARP;

import lombok.RequiredArgsConstructor;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.function.Norm;
import org.revlayers.internal.kernel.Buffers;
import org.revlayers.internal.kernel.Sizes;
import org.revlayers.internal.kernel.device.ColumnSums;
import org.revlayers.internal.kernel.device.Device;
import org.revlayers.internal.kernel.device.DeviceScratch;
import org.revlayers.internal.kernel.device.Launch;

/** The fp32 twin on a device: {@code norm.h} of {@code src/main/cuda}. */
@RequiredArgsConstructor
final class DeviceNorms implements NormKernels {

    private final Device device;

    @Override
    public void forward(NormForward call) {
        NormInput in = call.in();
        Rows rows = Rows.of(in.x());
        rows.run(
                device,
                Launch.of("norm")
                        .flag(call.kind() == Norm.LAYER)
                        .fp32(call.eps())
                        .in(in.x(), in.bias(), in.residual())
                        .out(in.sum())
                        .in(call.gamma(), call.beta())
                        .out(call.y(), call.mean(), call.rstd())
                        .whole(rows.count, rows.cols),
                rows.count);
    }

    @Override
    public void replay(NormReplay call) {
        Rows rows = Rows.of(call.x());
        rows.run(
                device,
                Launch.of("norm_replay")
                        .in(call.x(), call.mean(), call.rstd(), call.gamma(), call.beta())
                        .out(call.y())
                        .whole(rows.count, rows.cols),
                rows.count);
    }

    @Override
    public void backward(NormBackward call) {
        Rows rows = Rows.of(call.kept());
        long chunk = rows.chunk();
        long chunks = Sizes.pieces(rows.count, chunk);
        INDArray gammaPieces = pieces(call.dGamma(), chunks, 0);
        INDArray betaPieces = pieces(call.dBeta(), chunks, 1);
        rows.run(
                device,
                Launch.of("norm_backward")
                        .flag(call.kind() == Norm.LAYER)
                        .flag(call.fromInput())
                        .in(call.kept(), call.mean(), call.rstd(), call.gamma(), call.dy(), call.residual())
                        .out(call.dx(), gammaPieces, betaPieces)
                        .whole(rows.count, rows.cols, chunk),
                chunks);
        if (gammaPieces != null) {
            ColumnSums.run(device, gammaPieces, chunks, rows.cols, call.dGamma());
        }
        if (betaPieces != null) {
            ColumnSums.run(device, betaPieces, chunks, rows.cols, call.dBeta());
        }
    }

    private static INDArray pieces(INDArray sum, long chunks, int slot) {
        return sum == null ? null : DeviceScratch.of(DataType.FLOAT, chunks * sum.length(), slot);
    }

    /**
     * The rows of an array and the threads that share one: see {@code rows.h}.
     *
     * @param ofBlock rows of a block: one, or one for each of its warps
     * @param threads of a block
     */
    private record Rows(long count, long cols, int ofBlock, int threads) {

        private static final int HELD = 8; // of rows.h
        private static final int MOST_THREADS = 1024;
        private static final long FEW_CHUNKS = 256; // keep a device busy
        private static final long ALL_THREADS = 1L << 17; // fill one

        static Rows of(INDArray x) {
            long cols = Buffers.cols(x);
            long warps = Sizes.pieces(cols, WARP * HELD);
            boolean alone = warps == 1;
            return new Rows(
                    Buffers.rows(x),
                    cols,
                    alone ? Launch.THREADS / WARP : 1,
                    alone ? Launch.THREADS : (int) Math.min(MOST_THREADS, warps * WARP));
        }

        /** Rows that are taken one after the other where sums over rows are wanted: from the size alone. */
        long chunk() {
            long most = ALL_THREADS * ofBlock / threads;
            long chunks = Math.min(most, Math.max(FEW_CHUNKS, count / 16));
            return Sizes.pieces(count, chunks);
        }

        void run(Device device, Launch launch, long each) {
            launch.whole(ofBlock).blocks(device, Sizes.pieces(each, ofBlock), threads);
        }
    }
}
