package org.revlayers.internal.kernel.pooling;

import java.util.function.LongConsumer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.PackedBits;
import org.revlayers.internal.kernel.Parallel;
import org.revlayers.internal.kernel.Sizes;
import org.revlayers.internal.kernel.Values;

/** The definition, for every type. */
final class JavaPooling implements PoolingKernels {

    @Override
    public void max(Windows windows, INDArray x, INDArray y, INDArray places) {
        Values in = Values.of(x);
        Values out = Values.of(y);
        PackedBits bytes = PackedBits.bytes(places);
        each(windows, plane -> {
            for (long oy = 0; oy < windows.rows().count(); oy++) {
                for (long ox = 0; ox < windows.columns().count(); ox++) {
                    long first = window(windows, plane, oy, ox, 0);
                    byte[] at = new byte[(int) windows.inner()];
                    for (int c = 0; c < at.length; c++) {
                        long place = largest(windows, in, plane, oy, ox, c);
                        out.set(first + c, in.get(pixel(windows, plane, oy, ox, place, c)));
                        at[c] = (byte) place;
                    }
                    if (bytes != null) {
                        bytes.store(first, at);
                    }
                }
            }
        });
    }

    private static long largest(Windows windows, Values in, long plane, long oy, long ox, long c) {
        long place = -1;
        double best = 0;
        for (long ky = windows.rows().first(oy); ky < windows.rows().end(oy); ky++) {
            for (long kx = windows.columns().first(ox); kx < windows.columns().end(ox); kx++) {
                long k = ky * windows.columns().reach() + kx;
                double value = in.get(pixel(windows, plane, oy, ox, k, c));
                if (place < 0 || value > best || Double.isNaN(value)) {
                    best = value;
                    place = k;
                }
            }
        }
        return place;
    }

    @Override
    public void maxBackward(Windows windows, INDArray dy, INDArray places, INDArray dx) {
        Values in = Values.of(dy);
        Values out = Values.of(dx);
        PackedBits at = PackedBits.bytes(places);
        int size = Sizes.exact("numbers of a plane", windows.elements() / windows.planes());
        each(windows, plane -> {
            double[] sums = new double[size];
            for (long oy = 0; oy < windows.rows().count(); oy++) {
                for (long ox = 0; ox < windows.columns().count(); ox++) {
                    for (long c = 0; c < windows.inner(); c++) {
                        long window = window(windows, plane, oy, ox, c);
                        int pixel = (int) (pixel(windows, plane, oy, ox, at.get(window), c) - plane * size);
                        sums[pixel] = out.compute(sums[pixel] + in.get(window));
                    }
                }
            }
            out.store(plane * size, sums);
        });
    }

    private static void each(Windows windows, LongConsumer plane) {
        Parallel.each(windows.planes(), plane);
    }

    private static long window(Windows windows, long plane, long oy, long ox, long c) {
        return ((plane * windows.rows().count() + oy) * windows.columns().count() + ox) * windows.inner() + c;
    }

    private static long pixel(Windows windows, long plane, long oy, long ox, long place, long c) {
        long row = windows.rows().start(oy) + place / windows.columns().reach();
        long column = windows.columns().start(ox) + place % windows.columns().reach();
        return ((plane * windows.rows().size() + row) * windows.columns().size() + column) * windows.inner() + c;
    }
}
