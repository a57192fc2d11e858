package org.revlayers.internal.kernel.channel;

import static org.revlayers.internal.kernel.Sizes.pieces;
import static org.revlayers.internal.kernel.device.Launch.WARP;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.device.Device;
import org.revlayers.internal.kernel.device.DeviceScratch;
import org.revlayers.internal.kernel.device.Launch;

/**
 * How the sums of channels are cut into pieces, one for a block: {@code channel_pieces} of {@code channel.h}. From the shape alone.
 *
 * @param segment elements of a plane that a warp takes at once; 0 where planes are short, and the array is a matrix
 * @param share   segments, or rows of that matrix, that a block takes
 * @param count   pieces of a channel
 */
record ChannelPieces(long batch, long channels, long inner, long segment, long share, long count) {

    private static final int WARPS = 8; // CHANNEL_WARPS of channel.h
    private static final long SEGMENT = 1024;
    private static final long LEAST_ROWS = 128;
    private static final long MOST_PIECES = 256;

    static ChannelPieces of(INDArray x) {
        long batch = x.size(0);
        long inner = ChannelNorm.inner(x);
        if (inner < WARP) {
            return of(x, 0, batch, LEAST_ROWS);
        }
        long segments = pieces(inner, SEGMENT);
        long segment = pieces(pieces(inner, segments), WARP) * WARP;
        return of(x, segment, batch * pieces(inner, segment), WARPS * Math.max(1, SEGMENT / inner));
    }

    private static ChannelPieces of(INDArray x, long segment, long all, long least) {
        long share = Math.max(least, pieces(all, MOST_PIECES));
        return new ChannelPieces(x.size(0), x.size(1), ChannelNorm.inner(x), segment, share, pieces(all, share));
    }

    /** Sums the pieces, two numbers for each. */
    INDArray sum(Device device, Launch launch) {
        long width = channels * columns();
        INDArray sums = DeviceScratch.of(DataType.DOUBLE, 2 * count * width, 0);
        launch.out(sums)
                .whole(batch, channels, inner, segment, share)
                .grid(device, segment == 0 ? pieces(width, WARP) : channels, count, WARPS * WARP);
        return sums;
    }

    /** The launch of what adds the pieces, with its first arguments. */
    Launch add(Launch launch, INDArray sums) {
        return launch.in(sums).whole(count, columns());
    }

    private long columns() {
        return segment == 0 ? inner : 1;
    }
}
