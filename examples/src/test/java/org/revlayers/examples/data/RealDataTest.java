package org.revlayers.examples.data;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.revlayers.internal.fetch.Fetch;
import org.revlayers.internal.fetch.FetchProgress;

/** The downloaded data sets; needs 160 MB of downloads. */
@Tag("slow")
class RealDataTest {

    private final Fetch fetch = Fetch.standard(FetchProgress.SILENT);

    @Test
    void cifar10() throws Exception {
        Cifar10 train = Cifar10.load(fetch, true);
        assertEquals(50_000, train.size());
        int[] first = {6, 9, 9, 4, 1, 1, 2, 7, 8, 3};
        for (int i = 0; i < first.length; i++) {
            assertEquals(first[i], train.label(i));
        }
        assertEquals(10_000, Cifar10.load(fetch, false).size());
        double[] mean = new double[3];
        int[] some = Shuffle.subset(train.size(), 5_000, 1);
        for (int i : some) {
            float[] image = train.read(i, 32);
            for (int p = 0; p < image.length; p++) {
                mean[p / 1024] += image[p] / (255.0 * 1024 * some.length);
            }
        }
        double[] known = {0.4914, 0.4822, 0.4465};
        for (int c = 0; c < 3; c++) {
            assertEquals(known[c], mean[c], 0.005, "mean over 5,000 of 50,000 images, channel " + c);
        }
        int[] counts = new int[10];
        IntStream.range(0, train.size()).forEach(i -> counts[train.label(i)]++);
        for (int c : counts) {
            assertEquals(5_000, c);
        }
    }

    @Test
    void reuters() throws Exception {
        assertEquals(5_086, Reuters.load(fetch, true).stories().size());
        assertEquals(2_133, Reuters.load(fetch, false).stories().size());
    }
}
