package org.revlayers.examples.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.stream.IntStream;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Batches of images: features {@code [mb, 3, side, side]}, normalised RGB; labels one-hot {@code [mb, classes]}.
 *
 * <pre>{@code
 * LabelledImages train = Cifar10.load(folder, true);
 * var batches = new ImageIterator(train, Shuffle.subset(train.size(), 2000, 1), 8, 224, Normalisation.IMAGENET, 1L);
 * }</pre>
 */
public final class ImageIterator extends BatchIterator {

    private static final long serialVersionUID = 1L;

    private final transient LabelledImages images;
    private final transient Normalisation normalisation;
    private final int side;

    /**
     * @param images        where they come from
     * @param items         which of them
     * @param batch         images in a batch
     * @param side          pixels
     * @param normalisation what the model expects
     * @param seed          shuffles every epoch; null keeps the order
     */
    public ImageIterator(
            LabelledImages images, int[] items, int batch, int side, Normalisation normalisation, Long seed) {
        super(items, batch, seed);
        this.images = images;
        this.normalisation = normalisation;
        this.side = side;
    }

    @Override
    protected DataSet make(int[] items) {
        int pixels = 3 * side * side;
        float[] out = new float[items.length * pixels];
        IntStream.range(0, items.length).parallel().forEach(i -> {
            try {
                normalisation.apply(images.read(items[i], side), out, i * pixels);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        int[] labels = IntStream.of(items).map(images::label).toArray();
        return new DataSet(
                Nd4j.create(out, new long[] {items.length, 3, side, side}, 'c'), oneHot(labels, totalOutcomes()));
    }

    @Override
    public List<String> getLabels() {
        return images.classes();
    }

    @Override
    public int inputColumns() {
        return 3 * side * side;
    }
}
