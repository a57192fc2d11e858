package org.revlayers.internal.kernel.razor;

import static org.revlayers.internal.kernel.Sizes.pieces;
import static org.revlayers.internal.kernel.device.Launch.WARP;

import lombok.RequiredArgsConstructor;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.kernel.Sizes;
import org.revlayers.internal.kernel.device.Device;
import org.revlayers.internal.kernel.device.DeviceNumber;
import org.revlayers.internal.kernel.device.DeviceScratch;
import org.revlayers.internal.kernel.device.Launch;
import org.revlayers.internal.kernel.device.Product;
import org.revlayers.keep.RazorValues;

/** The fp32 twin on a device: {@code razor_*.h} of {@code src/main/cuda}. Waits for the device only where a sample may have more values than room. */
@RequiredArgsConstructor
final class DeviceRazor implements RazorKernels {

    private static final int THREADS = Launch.THREADS;
    private static final int EACH = Launch.EACH;

    /** Elements of a sample that a block sums. */
    private static final long PIECE = 1 << 14;

    private static final int TILE_ROWS = 64;
    private static final int TILE_COLUMNS = 128;

    /** Fewer tiles of a product than these share their rows, but for stretches of {@link #PART}. */
    private static final int ENOUGH_TILES = 256;

    private static final long PART = 256;

    /** Slots of scratch memory, by type; {@link DeviceWords} and {@link DeviceChoices} have others. */
    private static final int SIDES = 0;

    private static final int NUMBERS = 0;

    private static final int LONGS_OF_SIDES = 4;

    private final Device device;

    @Override
    public void thresholds(INDArray x, long k, INDArray tau) {
        reach(x, k, tau, null);
    }

    @Override
    public long largestCount(INDArray x, long k) {
        return DeviceNumber.of(device, most -> reach(x, k, null, most));
    }

    private void reach(INDArray x, long k, INDArray tau, INDArray most) {
        long batch = x.size(0);
        long perSample = x.length() / batch;
        Launch.of("razor_thresholds")
                .in(DeviceChoices.of(device, x, batch, perSample, k))
                .out(tau)
                .whole(batch, perSample, k)
                .out(most)
                .over(device, batch);
    }

    @Override
    public void compress(INDArray x, RazorArrays to) {
        RazorLayout layout = to.layout();
        int format = layout.values().ordinal();
        long n = layout.elements();
        if (to.bitmap() == null) {
            packAll(x, to);
            return;
        }
        long perSample = layout.perSample();
        INDArray choices = DeviceChoices.of(device, x, layout.batch(), perSample, layout.rank());
        Launch.of("razor_last")
                .in(x)
                .out(choices)
                .whole(perSample, layout.rank(), layout.room())
                .flag(layout.rule() == RazorTies.ALL)
                .blocks(device, layout.batch(), THREADS);
        Launch.of("razor_bitmap")
                .in(x, choices)
                .out(to.bitmap())
                .whole(perSample, n)
                .elementwise(device, n);
        boolean fit = layout.rule() == RazorTies.FIRST && layout.room() >= perSample - layout.rank();
        DeviceWords words = DeviceWords.of(device, to, 1, fit);
        if (layout.values() == RazorValues.INT8) {
            INDArray numbers = DeviceScratch.of(DataType.FLOAT, layout.valueCount(), NUMBERS);
            pack(x, to, words, numbers, RazorValues.FULL.ordinal());
            levels(numbers, words.totals(), to);
        } else {
            pack(x, to, words, to.values(), format);
            long pieces = pieces(layout.room(), (long) EACH * THREADS);
            Launch.of("razor_rest")
                    .in(words.totals())
                    .out(to.values())
                    .whole(format, layout.room(), pieces)
                    .blocks(device, layout.batch() * pieces, THREADS);
        }
    }

    private void packAll(INDArray x, RazorArrays to) {
        RazorLayout layout = to.layout();
        if (layout.values() == RazorValues.INT8) {
            levels(x, null, to);
            return;
        }
        INDArray beyond = DeviceSaturation.mark(device, layout.values());
        Launch.of("razor_pack_all")
                .in(x)
                .out(to.values(), beyond)
                .whole(layout.values().ordinal(), layout.elements())
                .elementwise(device, layout.elements());
        DeviceSaturation.look(beyond);
    }

    /** @param totals how many of the numbers of each slot count; null for all */
    private void levels(INDArray numbers, INDArray totals, RazorArrays to) {
        RazorLayout layout = to.layout();
        long groups = layout.groupsPerSample();
        Launch.of("razor_levels")
                .in(numbers, totals)
                .out(to.values(), to.ranges())
                .whole(layout.perSample(), layout.room(), groups)
                .blocks(device, layout.batch() * groups, layout.group() < THREADS ? layout.group() : THREADS);
    }

    private void pack(INDArray x, RazorArrays to, DeviceWords words, INDArray values, int format) {
        RazorLayout layout = to.layout();
        INDArray beyond = DeviceSaturation.mark(device, layout.values());
        Launch.of("razor_pack")
                .in(x, to.bitmap(), words.starts())
                .out(values, beyond)
                .whole(format, layout.batch(), layout.perSample(), layout.room())
                .blocks(device, pieces(words.count(), warps()), THREADS);
        DeviceSaturation.look(beyond);
    }

    @Override
    public void decompress(RazorArrays from, INDArray out) {
        RazorLayout layout = from.layout();
        int format = layout.values().ordinal();
        if (from.bitmap() == null) {
            long n = layout.elements();
            Launch.of("razor_unpack_all")
                    .in(from.values(), from.ranges())
                    .whole(format)
                    .out(out)
                    .whole(layout.perSample(), n)
                    .elementwise(device, n);
            return;
        }
        DeviceWords words = DeviceWords.of(device, from, 1, false);
        Launch.of("razor_unpack")
                .in(from.bitmap(), words.starts(), from.values(), from.ranges())
                .whole(format, layout.batch(), layout.perSample(), layout.room())
                .out(out)
                .blocks(device, pieces(words.count(), warps()), THREADS);
    }

    @Override
    public void sides(INDArray x, RazorSides to) {
        RazorLayout layout = to.layout();
        long n = layout.elements();
        long pieces = pieces(layout.perSample(), PIECE);
        INDArray parts = DeviceScratch.of(DataType.INT64, layout.batch() * pieces * LONGS_OF_SIDES, SIDES);
        Launch.of("razor_positive").in(x).out(to.positive()).whole(n).elementwise(device, n);
        Launch.of("razor_sides")
                .in(x, to.bitmap())
                .out(parts)
                .whole(layout.perSample(), PIECE, pieces)
                .blocks(device, layout.batch() * pieces, THREADS);
        Launch.of("razor_means")
                .in(parts)
                .out(to.means())
                .whole(layout.batch(), pieces)
                .over(device, 2 * layout.batch());
    }

    @Override
    public void fill(RazorSides from, INDArray out) {
        long n = from.layout().elements();
        Launch.of("razor_fill")
                .in(from.bitmap(), from.positive(), from.means())
                .out(out)
                .whole(from.layout().perSample(), n)
                .elementwise(device, n);
    }

    @Override
    public void weightGradient(RazorArrays x, RazorSides sides, INDArray dy, INDArray dw, boolean accumulate) {
        RazorLayout layout = x.layout();
        if (sides != null) {
            INDArray dense = Nd4j.createUninitialized(DataType.FLOAT, layout.elements() / dw.size(0), dw.size(0));
            decompress(x, dense);
            fill(sides, dense);
            device.multiply(Product.of(dense, true, dy, false, dw, accumulate));
            return;
        }
        long in = dw.size(0);
        long out = dw.size(1);
        long height = layout.perSample() / in;
        long rows = Sizes.exact("rows", layout.batch() * height);
        long tiles = pieces(in, TILE_ROWS) * pieces(out, TILE_COLUMNS);
        long wanted = Math.min(pieces(ENOUGH_TILES, tiles), pieces(rows, PART));
        long part = pieces(pieces(rows, wanted), WARP) * WARP;
        long parts = pieces(rows, part);
        INDArray to = parts == 1 ? dw : DeviceScratch.of(DataType.FLOAT, parts * dw.length(), NUMBERS);
        DeviceWords words = DeviceWords.of(device, x, height, false);
        Launch.of("razor_product")
                .in(x.bitmap(), words.starts(), x.values(), x.ranges())
                .whole(layout.values().ordinal(), layout.room(), height, rows, in, out, part)
                .in(dy)
                .out(to)
                .flag(accumulate && parts == 1)
                .grid(device, tiles, parts, THREADS);
        if (parts > 1) {
            Launch.of("razor_add_parts")
                    .in(to)
                    .out(dw)
                    .whole(dw.length(), parts)
                    .flag(accumulate)
                    .over(device, dw.length());
        }
    }

    private static long warps() {
        return THREADS / WARP * (long) EACH;
    }
}
